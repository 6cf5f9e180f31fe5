/** One line of the bench: what was measured, beside what it is measured against in the same run. */
export interface BenchRow {
  row: string;
  figure: string;
  value: number;
  yardstick?: string;
  yardstickValue?: number;
  ratio?: number;
  target?: string;
  met?: boolean;
  detail?: Record<string, unknown>;
}
