import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";

/** A figure with its values, as it travels between the processes of a cluster. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>;

/** A process's figures for Prometheus: its own registry, so that two in one process (a test) do not mix. */
export interface Metrics {
  readonly contentType: string;
  /** Sizes or times of something (seconds), by label. */
  histogram<L extends string>(
    options: MeterOptions<L> & { buckets: number[] },
  ): {
    observe(labels: Record<L, string | number>, value: number): void;
  };
  /** Something that is counted where it happens; the name ends in `_total`. */
  counter<L extends string>(
    options: MeterOptions<L>,
  ): { add(labels: Record<L, string | number>, count?: number): void };
  /** A count that is kept elsewhere and asked for when somebody looks; it never falls. */
  total<L extends string>(options: MeterOptions<L>, collect: Collect<L>): void;
  /** A figure that is asked for when somebody looks. A `collect` that fails leaves the figure out. */
  gauge<L extends string>(options: MeterOptions<L>, collect: Collect<L>): void;
  /** All figures in Prometheus' text form. */
  text(): Promise<string>;
  /** All figures as values, for a process that gathers those of others. */
  values(): Promise<MetricValues[]>;
}

type Collect<L extends string> = (
  set: (labels: Record<L, string | number>, value: number) => void,
) => void | Promise<void>;

interface MeterOptions<L extends string> {
  name: string;
  help: string;
  /** Their values come from closed lists: no id, no text of anybody, no raw path. */
  labels: readonly L[];
}

/** Makes the metrics of a process, with Node's own (memory, event loop, CPU); `process` labels every figure. */
export function createMetrics(processName: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: processName });
  collectDefaultMetrics({ register: registry });
  const given = <L extends string>({ name, help, labels }: MeterOptions<L>) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    histogram: ({ buckets, ...options }) => {
      const meter = new Histogram({ ...given(options), buckets });
      return { observe: (values, seconds) => meter.observe(values, seconds) };
    },
    counter: (options) => {
      const meter = new Counter(given(options));
      return { add: (values, count = 1) => meter.inc(values, count) };
    },
    total: (options, collect) => {
      new Counter({
        ...given(options),
        async collect() {
          await collected(this, collect, (values, value) => this.inc(values, value));
        },
      });
    },
    gauge: (options, collect) => {
      new Gauge({
        ...given(options),
        async collect() {
          await collected(this, collect, (values, value) => this.set(values, value));
        },
      });
    },
    text: () => registry.metrics(),
    values: () => registry.getMetricsAsJSON(),
  };
}

/** Asks anew; what cannot be had is left out rather than told as it was. */
async function collected<L extends string>(
  meter: { reset(): void },
  collect: Collect<L>,
  set: (labels: Record<L, string | number>, value: number) => void,
): Promise<void> {
  meter.reset();
  try {
    await collect(set);
  } catch {
    meter.reset();
  }
}
