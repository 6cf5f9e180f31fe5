import { raceStates } from "./race-states.js";

raceStates(["unassigned", "anns", "bens", "answered"]);
