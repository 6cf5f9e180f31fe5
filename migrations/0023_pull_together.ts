import { type Kysely, sql } from "kysely";

/**
 * Agents who pull at the same moment are filled in one transaction and one round trip (src/commands/gathered-pulls).
 * Locks: nothing; it makes a function.
 *
 * The agents are locked first and ascending, then what is known of their being alive, before any ticket, as `fill_agents`
 * (0003) locks them. It waits for no agent: one that somebody else holds is passed over, and pulls by itself.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(pullTogether).execute(db);
}

// Each is filled by fill_agent, in the order given: what it promises of one fill holds for each. A row comes back for each
// that was.
const pullTogether = `
CREATE FUNCTION pull_together(p_agents bigint[], p_max integer, p_requests text[])
RETURNS TABLE (agent_id bigint, agent_name text, agent_capacity integer, agent_queues text[], is_online boolean,
               held_before integer, taken bigint[])
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
  free bigint[];
BEGIN
  SELECT array_agg(f.id) INTO free FROM (
    SELECT a.id FROM agents a WHERE a.id = ANY(p_agents) AND a.deleted_at IS NULL
    ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED) f;
  PERFORM 1 FROM agent_liveness l WHERE l.agent_id = ANY(free) ORDER BY l.agent_id FOR NO KEY UPDATE;
  FOR i IN 1 .. cardinality(p_agents) LOOP
    CONTINUE WHEN p_agents[i] = ANY(free) IS NOT TRUE;
    RETURN QUERY SELECT p_agents[i], f.*
                 FROM fill_agent(p_agents[i], p_max, 'pull', p_requests[i], '{"reason": "pull"}') f;
  END LOOP;
END $$;
`;
