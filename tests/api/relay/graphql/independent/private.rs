//! Ways from something public to something private, and questions that would find it.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{HUBOT, PRIVATE_FORK, PRIVATE_TEXT, ROCKET, SECRET_PLANS, WEBSITE};
use serde_json::json;

use super::support::*;

const NAME: &str = "{ repository(owner: \"acme\", name: \"rocket\") { name } }";

/// A pool that may search, served so, and a caller's token for it.
async fn searching(app: &TestApp, serves: Serves) -> String {
    let token = serve(app, serves).await;
    let policy = json!({"policy": {"allowed_owners": ["acme", "mona"], "allow_search": true}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
    token
}

/// Searches that could find what is private. They find nothing of it, or are refused.
#[tokio::test]
async fn no_search_finds_what_is_private() {
    for serves in [Serves::App, Serves::Narrow, Serves::Wide] {
        let app = TestApp::start().await;
        let token = searching(&app, serves).await;
        for q in [
            "eyes",
            "few eyes is:private",
            "few eyes is:\"private\"",
            "few eyes IS:PRIVATE",
            "few eyes is:internal",
            "few eyes visibility:private",
            "few eyes visibility:internal",
            "few eyes -is:public",
            "few eyes NOT is:public",
            "few eyes is:public OR is:private",
            "few eyes (is:public OR repo:acme/secret-plans)",
            "few eyes repo:acme/secret-plans",
            "few eyes repo:\"acme/secret-plans\"",
            "few eyes repo:ACME/Secret-Plans",
            "few eyes repo:mona/rocket",
            "few eyes repo:acme/rocket repo:mona/rocket",
            "few eyes repo:acme/rocket OR repo:mona/rocket",
            "few eyes repo:acme/rocket,mona/rocket",
            "few eyes repo:acme/rocket user:mona",
            "few eyes repo:acme/rocket org:acme",
            "few eyes org:acme",
            "few eyes user:mona",
            "few eyes user:@me",
            "few eyes author:@me",
            "few eyes involves:@me",
            "few eyes repo:@me/rocket",
            "few eyes \u{ff52}epo:acme/secret-plans",
            "few eyes repo\u{200b}:acme/secret-plans",
            "few eyes repo:acme/rocket\u{a0}repo:mona/rocket",
            "few eyes repo:acme/rocket\u{2028}repo:mona/rocket",
            "few eyes repo:acme/rocket\nrepo:mona/rocket",
            "few eyes repo:acme/rocket\trepo:mona/rocket",
            "few eyes repo:acme/rocket\u{0}repo:mona/rocket",
            "few eyes \"repo:acme/rocket\" repo:mona/rocket",
            "few eyes \"repo:acme/rocket",
            "few eyes repo: acme/secret-plans",
            "few eyes in:title fork:only",
            "few eyes project:acme/1",
            "few eyes team:acme/for-few-eyes-only",
            "few eyes saved:mine",
            "few eyes is:public is:private",
            "-repo:acme/rocket eyes",
        ] {
            for kind in ["ISSUE", "REPOSITORY", "DISCUSSION"] {
                let document = format!(
                    "query($q: String!) {{ search(query: $q, type: {kind}, first: 20) {{ issueCount repositoryCount nodes {{ \
                     __typename ... on Issue {{ title repository {{ nameWithOwner }} }} \
                     ... on PullRequest {{ title }} ... on Repository {{ nameWithOwner }} }} }} }}"
                );
                let answer = ask(&app, &token, &document, json!({"q": q})).await;
                assert!([200, 403, 404].contains(&answer.status()), "{serves:?} {q:?} {}", answer.text());
                let text = answer.text();
                assert!(
                    !text.contains(PRIVATE_TEXT) && !text.contains("mona/rocket"),
                    "{serves:?} {q:?} {text}"
                );
                if answer.status() == 200 && answer.json().get("errors").is_none() && kind == "ISSUE" {
                    let count = &answer.json()["data"]["search"]["issueCount"];
                    assert_eq!(count, 0, "{serves:?} {q:?} counts what is private");
                }
            }
        }
    }
}

/// Objects by id, of every kind that the stand-in has, that only few may see.
#[tokio::test]
async fn no_id_leads_to_what_is_private() {
    for serves in [Serves::App, Serves::Narrow, Serves::Wide] {
        let app = TestApp::start().await;
        let token = searching(&app, serves).await;
        for id in [
            "R_5003",
            "R_5909",
            "I_5909_1",
            "I_5003_1",
            "PR_5909_1",
            "R_5003 ",
            " R_5003",
            "r_5003",
            "R_05003",
        ] {
            for document in [
                "query($id: ID!) { node(id: $id) { __typename id } }",
                "query($id: ID!) { node(id: $id) { id ... on Repository { name isPrivate visibility } ... on Issue { title } } }",
                "query($id: ID!) { a: node(id: $id) { id } b: node(id: \"I_5002_20\") { ... on Issue { title } } }",
                "query($id: ID!) { repository(owner: \"acme\", name: \"rocket\") { name } node(id: $id) { id ... on Issue { title repository { nameWithOwner } } } }",
            ] {
                let answer = ask(&app, &token, document, json!({"id": id})).await;
                let body = answer.json();
                assert!(!answer.text().contains(PRIVATE_TEXT), "{serves:?} {id} {}", answer.text());
                for node in [&body["data"]["node"], &body["data"]["a"]] {
                    assert!(node.is_null(), "{serves:?} {id} {document} {}", answer.text());
                }
                is_nowhere(&app, &answer, "secret-plans");
            }
        }
    }
}

/// What a query about a public repository must not say of who serves it, or of who may do what.
#[tokio::test]
async fn what_belongs_to_the_identity_is_not_served() {
    let app = TestApp::start().await;
    let token = searching(&app, Serves::Wide).await;
    let of_repository = [
        "viewerPermission",
        "viewerCanAdminister",
        "viewerHasStarred",
        "viewerSubscription",
        "tempCloneToken",
        "viewerDefaultCommitEmail",
        "viewerPossibleCommitEmails",
        "mentionableUsers(first: 1) { totalCount }",
        "collaborators(first: 1) { totalCount }",
        "deployKeys(first: 1) { totalCount }",
        "branchProtectionRules(first: 1) { totalCount }",
        "vulnerabilityAlerts(first: 1) { totalCount }",
        "rulesets(first: 1) { totalCount }",
        "environments(first: 1) { totalCount }",
        "forks(first: 1) { totalCount }",
        "stargazers(first: 1) { edges { node { login } } viewerHasStarred: totalCount }",
        "projectsV2(first: 1, minPermissionLevel: ADMIN) { nodes { id } }",
        "projectsV2(first: 1, minPermissionLevel: WRITE) { nodes { id } }",
        "discussionCategories(first: 1, filterByAssignable: true) { nodes { id } }",
        "issues(first: 1, filterBy: {viewerSubscribed: true}) { totalCount }",
        "issues(first: 1, filterBy: {mentioned: \"mona\", x: 1}) { totalCount }",
        "interactionAbility { limit }",
        "isUserConfigurationRepository viewerCanUpdateTopics",
        "codeowners { errors { line } }",
        "pullRequest(number: 4) { viewerCanUpdate }",
        "pullRequest(number: 4) { viewerLatestReview { id } }",
        "pullRequest(number: 4) { timelineItems(first: 1) { totalCount } }",
        "issue(number: 20) { timelineItems(first: 1) { totalCount } }",
        "issue(number: 20) { trackedIssues(first: 1) { totalCount } }",
        "issue(number: 20) { userContentEdits(first: 1) { totalCount } }",
        "pullRequest(number: 5) { pendingReviews: reviews(first: 9, states: [PENDING]) { totalCount } }",
        "pullRequest(number: 5) { reviews(first: 9, states: [APPROVED, PENDING]) { nodes { body } } }",
    ];
    for field in of_repository {
        let document = format!("{{ repository(owner: \"acme\", name: \"rocket\") {{ {field} }} }}");
        let answer = query(&app, &token, &document).await;
        assert_eq!(answer.status(), 403, "{field} {}", answer.text());
    }
    for root in [
        "viewer { email }",
        "viewer { repositories(first: 9) { nodes { name } } }",
        "viewer { organizations(first: 1) { totalCount } }",
        "viewer { gists(first: 1, privacy: ALL) { nodes { name } } }",
        "viewer { ... on User { isSiteAdmin } }",
        "viewer { starredRepositories(first: 1) { totalCount } }",
        "user(login: \"mona\") { email }",
        "user(login: \"mona\") { gists(first: 9, privacy: ALL) { nodes { name } } }",
        "user(login: \"mona\") { gists(first: 9, privacy: SECRET) { nodes { name } } }",
        "user(login: \"mona\") { repositories(first: 9, privacy: PRIVATE) { totalCount } }",
        "repositoryOwner(login: \"acme\") { repositories(first: 9, privacy: PRIVATE) { nodes { name } } }",
        "organization(login: \"acme\") { teams(first: 9) { nodes { slug } } }",
        "organization(login: \"acme\") { membersWithRole(first: 9) { totalCount } }",
        "organization(login: \"acme\") { auditLog(first: 1) { totalCount } }",
        "user(login: \"mona\") { organizations(first: 1) { totalCount } }",
        "enterprise(slug: \"x\") { id }",
        "securityAdvisories(first: 1) { totalCount }",
        "resource(url: \"https://github.com/acme/secret-plans\") { url }",
        "relay { viewer { email } }",
        "id",
        "nodes(ids: [\"R_5003\"]) { ... on Enterprise { id } }",
    ] {
        let answer = query(&app, &token, &format!("{{ {root} }}")).await;
        assert_eq!(answer.status(), 403, "{root} {}", answer.text());
    }
    assert!(queries(&app).is_empty());
}

/// Arguments that would show more, beside the one that holds: nothing private, and no count of it.
#[tokio::test]
async fn lists_of_repositories_are_of_public_ones() {
    for serves in [Serves::App, Serves::Narrow, Serves::Wide] {
        let app = TestApp::start().await;
        let token = searching(&app, serves).await;
        for arguments in [
            "first: 9",
            "first: 9, privacy: PUBLIC",
            "first: 9, privacy: null",
            "first: 9, visibility: PRIVATE",
            "first: 9, visibility: INTERNAL, privacy: PUBLIC",
            "first: 9, isFork: true",
            "first: 9, ownerAffiliations: [OWNER, ORGANIZATION_MEMBER]",
        ] {
            for owner in ["acme", "mona", "@me"] {
                let document = format!(
                    "{{ repositoryOwner(login: \"{owner}\") {{ repositories({arguments}) {{ totalCount nodes {{ nameWithOwner }} }} }} }}"
                );
                let answer = query(&app, &token, &document).await;
                let text = answer.text();
                assert!(
                    !text.contains("secret-plans") && !text.contains("mona/rocket"),
                    "{serves:?} {arguments} {text}"
                );
                if let Some(count) = answer.json().pointer("/data/repositoryOwner/repositories/totalCount") {
                    let expected = if owner == "acme" && !arguments.contains("isFork") { 2 } else { 0 };
                    assert!(count.as_u64().unwrap() <= expected, "{serves:?} {arguments} {text}");
                }
            }
        }
    }
}

/// The way from a public pull request to its private fork and what is in it.
#[tokio::test]
async fn nothing_of_a_private_fork_shows_in_its_pull_request() {
    for serves in [Serves::App, Serves::Narrow, Serves::Wide] {
        let app = TestApp::start().await;
        let token = searching(&app, serves).await;
        for fields in [
            "headRepository { name }",
            "headRepository { id }",
            "headRepository { nameWithOwner visibility }",
            "headRef { name }",
            "headRef { target { oid } }",
            "closingIssuesReferences(first: 5) { nodes { title } }",
            "closingIssuesReferences(first: 5) { totalCount nodes { number } }",
            "closingIssuesReferences(first: 5) { edges { cursor node { number } } }",
            "headRef { associatedPullRequests(first: 1) { nodes { title } } }",
            "reviewRequests(first: 5) { nodes { requestedReviewer { ... on Team { slug } } } }",
        ] {
            let document = format!(
                "{{ repository(owner: \"acme\", name: \"rocket\") {{ pullRequest(number: 11) {{ number {fields} }} }} }}"
            );
            let answer = query(&app, &token, &document).await;
            assert!([200, 404].contains(&answer.status()), "{serves:?} {fields} {}", answer.text());
            for secret in [PRIVATE_TEXT, "mona/rocket", "R_5909", "for-few-eyes-only"] {
                assert!(!answer.text().contains(secret), "{serves:?} {fields} {}", answer.text());
            }
            if !matches!(serves, Serves::Wide) {
                assert_eq!(answer.status(), 200, "{serves:?} {fields} {}", answer.text());
            }
        }
        let team = "{ repository(owner: \"acme\", name: \"rocket\") { pullRequest(number: 4) { reviewRequests(first: 9) { totalCount nodes { requestedReviewer { ... on Team { slug } ... on User { login } } } } } } }";
        let answer = query(&app, &token, team).await;
        let requests = &answer.json()["data"]["repository"]["pullRequest"]["reviewRequests"];
        let shown = requests["nodes"].as_array().map_or(0, Vec::len);
        assert_eq!(requests["totalCount"].as_u64(), Some(shown as u64), "{serves:?} {requests}");
        assert!(!answer.text().contains("few-eyes"), "{}", answer.text());
    }
}

/// What was shown while it was public is not served from a cache once it is known to be private.
#[tokio::test]
async fn a_cached_answer_about_another_repository_lapses_with_its_proof() {
    let fork = "{ repository(owner: \"acme\", name: \"rocket\") { pullRequest(number: 11) { headRepository { nameWithOwner } } } }";
    let list = "{ user(login: \"mona\") { repositories(first: 9) { nodes { nameWithOwner } } } }";
    let found = "{ search(query: \"rocket\", type: REPOSITORY, first: 9) { nodes { ... on Repository { nameWithOwner } } } }";
    for (document, named) in [(fork, true), (list, false), (found, false)] {
        let app = TestApp::start().await;
        let token = searching(&app, Serves::Narrow).await;
        let wide = json!({"id": "p1", "scopes": [{"owner": "acme"}, {"owner": "mona"}]});
        crate::support::register(&app, wide).await;
        app.github.edit(|state| state.repositories.set_private(PRIVATE_FORK, false)).unwrap();
        let answer = query(&app, &token, document).await;
        assert!(answer.text().contains("mona/rocket"), "{named} {}", answer.text());
        assert_eq!(cache(&query(&app, &token, document).await), "hit", "{document}");
        app.new_isolate();
        assert_eq!(cache(&query(&app, &token, document).await), "hit", "{document}");
        app.github.edit(|state| state.repositories.set_private(PRIVATE_FORK, true)).unwrap();
        advance(&app, 1);
        // Somebody asks for the fork itself, through another isolate.
        app.database.execute("DELETE FROM repository_proofs WHERE repository = 'mona/rocket'").unwrap();
        app.new_isolate();
        let own = "{ repository(owner: \"mona\", name: \"rocket\") { name } }";
        assert_eq!(query(&app, &token, own).await.status(), 404);
        app.new_isolate();
        let answer = query(&app, &token, document).await;
        assert!(!answer.text().contains("mona/rocket"), "{document} {}", answer.text());
    }
}

/// The former name of a repository was given away to a private one.
#[tokio::test]
async fn a_name_that_was_given_away_leads_to_nothing_private() {
    for serves in [Serves::App, Serves::Narrow] {
        let app = TestApp::start().await;
        let token = searching(&app, serves).await;
        query(&app, &token, NAME).await.ok(200);
        app.github.edit(|state| {
            state.rename_repository(ROCKET, "shuttle").unwrap();
            state.rename_repository(SECRET_PLANS, "rocket").unwrap();
        });
        advance(&app, 1);
        for age in [0, 0, 60] {
            let answer = ask_within(&app, &token, age, (NAME, json!({}))).await;
            let is_there = answer.status() == 200 && !answer.json()["data"]["repository"].is_null();
            assert!(!is_there || age > 0, "{serves:?} {}", answer.text());
            app.new_isolate();
        }
        advance(&app, 3600);
        assert_eq!(query(&app, &token, NAME).await.status(), 404, "{serves:?}");
        // And the other way round: what was private is now the name of something public.
        app.github.edit(|state| {
            state.rename_repository(SECRET_PLANS, "plans").unwrap();
            state.rename_repository(WEBSITE, "rocket").unwrap();
        });
        advance(&app, 4000);
        let answer = query(&app, &token, NAME).await;
        assert_eq!(answer.json()["data"]["repository"]["name"], "rocket", "{serves:?} {}", answer.text());
    }
}

#[tokio::test]
async fn a_deleted_or_transferred_repository_is_what_it_is() {
    let app = TestApp::start().await;
    let token = searching(&app, Serves::Narrow).await;
    query(&app, &token, NAME).await.ok(200);
    app.github.edit(|state| state.transfer_repository(ROCKET, HUBOT)).unwrap();
    let answer = ask_within(&app, &token, 0, (NAME, json!({}))).await;
    assert_eq!(refused(&answer), (403, "no_identity".to_owned()), "none has a scope for hubot");
    app.github.edit(|state| state.repositories.remove(ROCKET));
    let answer = ask_within(&app, &token, 0, (NAME, json!({}))).await;
    assert_ne!(answer.status(), 200, "{}", answer.text());
}
