/** What a job of any stage carries: what it is about, and the requests that caused it (for the log). */
export interface StageJob {
  /** score: message ids; route: ticket ids; deliver: delivery ids; assign: none; maintain: none. */
  subject_ids: number[];
  request_ids: string[];
}
