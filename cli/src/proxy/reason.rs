//! Why a request was not served by the pool.

use octopool_api_types::FallbackReason;

/// Why a request goes where the client sent it, with the client's own credential.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Reason {
    /// It changes something.
    Write,
    /// A GraphQL document that is not only queries.
    Mutation,
    /// It goes to another host than GitHub's API.
    OtherHost,
    /// It is about the account that asks, or its answer holds what only that account sees.
    AboutYou,
    /// It has a header that the pool cannot pass on.
    Header,
    /// A path, a query or a body that the pool does not take.
    NotTaken,
    /// The server is too old for this kind of request.
    TooOld,
    /// The server does not accept the login of this machine.
    NoLogin,
    /// The server cannot be reached.
    Unreachable,
    /// The server answered with an error.
    ServerError,
    /// The pool's own.
    Pool(FallbackReason),
}

impl Reason {
    /// A word for programs and counts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Mutation => "mutation",
            Self::OtherHost => "other_host",
            Self::AboutYou => "about_you",
            Self::Header => "header",
            Self::NotTaken => "not_taken",
            Self::TooOld => "server_too_old",
            Self::NoLogin => "no_octopool_login",
            Self::Unreachable => "server_unreachable",
            Self::ServerError => "server_error",
            Self::Pool(reason) => reason.as_str(),
        }
    }

    /// The same for people.
    pub(crate) fn explained(self) -> &'static str {
        match self {
            Self::Write => "it changes something",
            Self::Mutation => "it is a mutation",
            Self::OtherHost => "the host is not GitHub's API",
            Self::AboutYou => "the answer depends on who asks",
            Self::Header => "the pool does not pass on one of its headers",
            Self::NotTaken => "the pool does not take such a path, query or body",
            Self::TooOld => "the server is too old for it",
            Self::NoLogin => "the server does not accept this machine's login",
            Self::Unreachable => "the server cannot be reached",
            Self::ServerError => "the server answered with an error",
            Self::Pool(reason) => of_the_pool(reason),
        }
    }
}

fn of_the_pool(reason: FallbackReason) -> &'static str {
    match reason {
        FallbackReason::RouteDenied => "the pool does not serve this kind of request",
        FallbackReason::GraphqlDenied => "the pool does not serve this GraphQL document",
        FallbackReason::OwnerDenied => "the pool does not serve this owner",
        FallbackReason::SearchDenied => "the pool does not serve searches",
        FallbackReason::LogsDenied => "the pool does not serve logs",
        FallbackReason::RepoNotPublic => "the repository is not public",
        FallbackReason::RepoPublicCheckFailed => "the pool could not check that the repository is public",
        FallbackReason::NoIdentity => "no identity of the pool covers it",
        FallbackReason::IdentitiesCoolingDown => "the pool's identities are cooling down",
        FallbackReason::GithubIdentityUnauthorized => "GitHub does not accept the pool's credentials",
        FallbackReason::GithubRateLimited => "GitHub limits the pool's identities",
        FallbackReason::GithubIdentityDepleted => "the pool's identities have no requests left",
        FallbackReason::GithubIdentityForbidden => "GitHub forbids it to the pool's identities",
        FallbackReason::GithubResponseTooLarge => "the answer is too large for the pool",
        FallbackReason::RelayOverloaded => "the server has too much to do",
        FallbackReason::LocalCredentialsRequired => "it takes your own rights",
    }
}
