//! Proofs that an account is a member of the organization.

use std::time::Duration;

use crate::Timestamp;

/// The latest proof of a caller's membership.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MembershipProof {
    /// The time of the proof; only a success sets it.
    pub verified_at: Timestamp,
}

impl MembershipProof {
    /// Whether the proof is still valid. One from the future is not: it was made while the clock
    /// was wrong, and trusting it would extend its lifetime.
    pub fn is_fresh(self, now: Timestamp, lifetime: Duration) -> bool {
        self.verified_at <= now && now < self.verified_at.plus(lifetime)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::MembershipProof;
    use crate::Timestamp;

    #[test]
    fn a_proof_counts_from_its_time_until_its_lifetime_is_over() {
        let proof = MembershipProof { verified_at: Timestamp::from_millis(10_000) };
        let lifetime = Duration::from_secs(5);
        for (now, fresh) in [(9_999, false), (10_000, true), (14_999, true), (15_000, false)] {
            assert_eq!(proof.is_fresh(Timestamp::from_millis(now), lifetime), fresh, "{now}");
        }
        assert!(!proof.is_fresh(Timestamp::from_millis(10_000), Duration::ZERO));
    }
}
