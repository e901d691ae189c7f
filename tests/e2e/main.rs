//! The built Worker on real workerd, with local D1 and the stand-in for GitHub on loopback:
//! bindings, types, WebCrypto, timeouts and concurrency, which no native test can show. `npm run
//! build` comes first; it builds nothing if nothing changed.
//!
//! The tests share running deployments, so this is a program of its own that ends them when the
//! last test is done.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod app_jwt;
mod audit;
mod clients;
mod doctor;
mod documents;
mod endpoints;
mod faults;
mod governance;
mod graphql;
mod guard;
mod races;
mod relay;
mod runtime;
mod state;
mod world;

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use world::World;

/// Names each test after its function.
macro_rules! trials {
    ($world:ident: $($module:ident::$name:ident,)+) => {
        vec![$({
            let world = Arc::clone(&$world);
            Trial::test(concat!(stringify!($module), "::", stringify!($name)), move || {
                world.run($module::$name(&world));
                Ok(())
            })
        },)+]
    };
}

fn main() {
    let arguments = Arguments::from_args();
    let world = Arc::new(World::default());
    let trials = trials![world:
        app_jwt::webcrypto_signs_a_jwt_that_github_takes,
        app_jwt::a_key_that_is_none_is_a_clear_fault,
        audit::what_happened_is_listed_and_its_chain_holds,
        clients::octokit_says_what_github_says,
        clients::pygithub_walks_through_a_repository,
        clients::go_github_walks_through_a_repository,
        clients::octokit_with_its_plugins_walks_through_a_repository,
        clients::octocrab_walks_through_a_repository,
        doctor::a_deployment_from_its_own_migrations_is_well,
        documents::the_commands_of_the_readme_run,
        endpoints::discovery_names_this_origin,
        endpoints::the_root_is_json_or_a_page,
        endpoints::a_member_is_provisioned_and_reads_the_pools_health,
        endpoints::a_login_gives_a_token_for_one_client,
        endpoints::identities_are_registered_updated_and_refused,
        endpoints::integers_are_integers_also_at_their_limits,
        endpoints::members_enroll_themselves_where_the_operator_lets_them,
        endpoints::a_stale_proof_of_membership_is_renewed,
        endpoints::methods_and_paths_that_are_not_there,
        faults::bodies_that_are_no_json_objects,
        faults::bodies_that_are_too_large,
        faults::bodies_of_megabytes_leave_the_worker_in_order,
        faults::an_early_answer_leaves_its_connection_usable,
        faults::urls_that_only_a_lenient_parser_takes,
        faults::what_github_does_instead_of_answering,
        faults::a_redirect_is_not_followed,
        governance::a_caller_is_found_and_its_client_revoked,
        governance::a_pool_is_changed_on_the_condition_that_nobody_else_did,
        graphql::an_app_and_a_token_answer_a_query_once,
        graphql::nothing_private_and_no_mutation_is_asked_for,
        graphql::of_equal_queries_at_once_one_is_asked,
        graphql::the_real_gh_costs_github_nothing_the_second_time,
        guard::of_requests_under_one_key_one_happens,
        guard::an_admin_token_for_one_pool_opens_that_pool_until_it_is_revoked,
        guard::the_oldest_event_is_cut_and_the_rest_stays_verifiable,
        races::of_conflicting_registrations_one_wins,
        races::forty_logins_of_one_client_leave_one_live_token,
        races::twenty_clients_at_once_leave_sixteen,
        races::of_forty_changes_of_one_identity_none_is_told_that_the_database_is_overloaded,
        relay::a_read_costs_what_the_budget_says,
        relay::an_app_reads_with_a_token_that_rests_sealed,
        relay::a_thousand_that_ask_the_same_at_once_are_one_request,
        relay::large_bodies_come_whole_and_too_large_ones_not_at_all,
        relay::what_is_no_answer_is_a_clear_fault,
        relay::use_is_counted_and_shown,
        runtime::plain_http_from_elsewhere_goes_to_https,
        runtime::a_name_that_every_object_has_is_no_secret,
        runtime::wrong_settings_are_named,
        state::hundreds_of_objects_come_change_and_go_at_once,
        state::of_applies_of_one_hash_one_wins,
        runtime::no_secret_is_in_the_log_or_in_the_database,
    ];
    let conclusion = libtest_mimic::run(&arguments, trials);
    // `exit` runs no destructors.
    world.stop();
    conclusion.exit();
}
