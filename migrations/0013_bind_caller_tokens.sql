-- A token that was made by an admin of one pool opens that pool only, whatever grants its caller gets later.

-- NULL opens every pool that the caller has a grant for. It refers to no row: a pool comes and goes with what is in it, and a token
-- must not open more because its pool is gone.
ALTER TABLE caller_tokens ADD COLUMN pool_id TEXT CHECK (length(pool_id) BETWEEN 1 AND 64);
