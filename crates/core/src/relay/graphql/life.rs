//! For how long an answer counts: as long as the shortest-lived of what it holds.

use super::accept::Found;
use super::plan::Plan;
use super::table::row;
use crate::relay::freshness::{Life, PROVISIONAL_SECONDS};

/// For an answer that holds nothing that says so.
const OTHERWISE: i64 = 300;

pub(super) fn life(plan: &Plan, found: &Found) -> Life {
    if found.undecided {
        return Life::Unshared;
    }
    if found.provisional {
        return Life::Provisional(PROVISIONAL_SECONDS);
    }
    let seconds = plan.kinds.iter().filter_map(|ty| {
        let fresh = row(*ty).fresh?;
        let settled = fresh.settled > 0 && found.seen.contains(ty) && !found.open.contains(ty);
        Some(if settled { i64::from(fresh.settled) } else { i64::from(fresh.seconds) })
    });
    Life::Fresh(seconds.min().unwrap_or(OTHERWISE))
}
