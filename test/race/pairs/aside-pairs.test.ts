import { raceStates } from "./race-states.js";

raceStates(["snoozed", "dueSnooze", "closed", "closedLongAgo"]);
