import { plural } from "./plural.js";

/** The texts of the inbox. */
export const inboxWords = {
  inbox: {
    title: "Inbox",
    mine: "Mine",
    holds: (held: number, capacity: number) => `${held} of ${capacity}`,
    pull: "Get work",
    pulled: (count: number) =>
      count === 0 ? "Nothing was waiting for you." : `${plural(count, "ticket", "tickets")} more.`,
    full: "You hold all that you can.",
    nothingMine: "You hold nothing. Claim a ticket below, or get work.",
    nothing: "Nothing here.",
    search: "Search tickets",
    status: "Status",
    level: "Level",
    topic: "Topic",
    queue: "Queue",
    allStatuses: "Any status",
    shortStatuses: "Status",
    allLevels: "Any level",
    shortLevels: "Level",
    allTopics: "Any topic",
    shortTopics: "Topic",
    allQueues: "Any queue",
    shortQueues: "Queue",
    clear: "Clear filters",
    loadedOf: (loaded: number, more: boolean) =>
      more ? `${loaded.toLocaleString("en")}+` : loaded.toLocaleString("en"),
    comers: (count: number) => `${plural(count, "change", "changes")} waiting: show`,
    loading: "Loading …",
    fault: "The list could not be fetched:",
    again: "Try again",
    list: "Tickets",
    heldBy: (name: string) => `with ${name}`,
    asleep: "Snoozed",
    draft: "Draft",
    gone: "not waiting any more",
    filters: "Filters",
    results: "Results",
  },
} as const;
