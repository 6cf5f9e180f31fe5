import type { AuditRule } from "./audit-rule.js";

/** Positions of the log (I4). Old days may have left it: a stream is judged from its first event that is kept. */
export const logRules: readonly AuditRule[] = [
  {
    name: "holes and doubles in the stream agents",
    holds: "I4",
    broken: `SELECT format('%s events at %s positions from %s to %s, last_pos %s', count(*), count(DISTINCT e.pos), min(e.pos),
                    max(e.pos), s.last_pos)
             FROM streams s JOIN events e ON e.stream = s.stream WHERE s.stream = 'agents' GROUP BY s.last_pos
             HAVING count(*) <> s.last_pos - min(e.pos) + 1 OR count(DISTINCT e.pos) <> count(*) OR max(e.pos) <> s.last_pos`,
  },
  {
    name: "holes and doubles in the streams of conversations",
    holds: "I4",
    broken: `SELECT format('%s: %s events to %s, last_pos %s', s.stream, count(*), max(e.pos), s.last_pos)
             FROM mine t JOIN streams s ON s.stream = 'conversation:' || t.conversation_id
             JOIN events e ON e.stream = s.stream GROUP BY s.stream, s.last_pos
             HAVING count(*) <> s.last_pos OR count(DISTINCT e.pos) <> count(*) OR min(e.pos) <> 1 OR max(e.pos) <> s.last_pos`,
  },
  {
    name: "holes and doubles in the whole log",
    holds: "I4",
    broken: `SELECT format('%s events of %s seqs from %s to %s, last_seq %s', count(*), count(DISTINCT e.seq), min(e.seq),
                    max(e.seq), q.last_seq)
             FROM events e CROSS JOIN sequencer q GROUP BY q.last_seq
             HAVING count(*) <> q.last_seq - min(e.seq) + 1 OR count(DISTINCT e.seq) <> count(*) OR max(e.seq) <> q.last_seq`,
  },
  {
    name: "positions that do not rise with the log",
    holds: "I4",
    broken: `SELECT format('%s: %s events', stream, count(*)) FROM (
               SELECT stream, pos, lag(pos) OVER (PARTITION BY stream ORDER BY seq) AS before FROM events e
               WHERE stream = 'agents' OR stream IN (SELECT 'conversation:' || conversation_id FROM mine)) o
             WHERE pos <> before + 1 GROUP BY stream`,
  },
];
