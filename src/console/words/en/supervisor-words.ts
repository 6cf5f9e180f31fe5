import { plural } from "./plural.js";

/** The texts of the supervisor. */
export const supervisorWords = {
  supervisor: {
    title: "Supervisor",
    waiting: "Waiting now",
    oldest: "Oldest wait",
    lastHour: "last hour",
    received: "Received",
    assigned: "Given out",
    closed: "Closed",
    history: "The last hour",
    depth: "Waiting",
    oldestMinutes: "Oldest wait, min",
    byLevel: "Waiting by level",
    unscored: "Not scored",
    queues: "Queues",
    queue: "Queue",
    serving: "Agents",
    withRoom: "online with room",
    nobody: "Nobody serves it",
    agents: "Agents",
    agent: "Agent",
    state: "State",
    load: "Load",
    snoozed: "Snoozed",
    closedHour: "Closed, 1 h",
    seen: "Last seen",
    full: "full",
    why: "Why tickets wait",
    stages: "Stages of the desk",
    stage: "Stage",
    stageNames: {
      score: "Score: how urgent it is",
      route: "Route: which queue it belongs in",
      assign: "Assign: to an agent with room",
      deliver: "Deliver: replies and webhooks",
      maintain: "Maintain: what was lost on the way",
    },
    health: "Health",
    stageStates: { well: "well", late: "behind", dead: "dead letters" },
    waitingJobs: "Jobs waiting",
    activeJobs: "Being done",
    delayedJobs: "For another try",
    deadJobs: "Dead letters",
    partNames: { database: "Database", queue: "Queue", bus: "Bus" },
    answers: (ms: number) => `answers in ${ms.toFixed(1)} ms`,
    away: "does not answer",
    loading: "Loading …",
    reasons: {
      none: "Nothing waits.",
      nobody: (queue: string, n: number) =>
        `${plural(n, "ticket waits", "tickets wait")} in ${queue}: no agent serves this queue.`,
      offline: (queue: string, n: number) =>
        `${plural(n, "ticket waits", "tickets wait")} in ${queue}: none of its agents is online.`,
      full: (queue: string, n: number) =>
        `${plural(n, "ticket waits", "tickets wait")} in ${queue}: all of its agents who are online are full.`,
      room: (queue: string, n: number, agents: number) =>
        `${plural(n, "ticket waits", "tickets wait")} in ${queue}: ${plural(agents, "agent", "agents")} with room; they are being given out.`,
    },
  },
} as const;
