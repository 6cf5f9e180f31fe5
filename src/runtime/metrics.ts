import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** A process's figures for Prometheus: its own registry, so that two in one process (a test) do not mix. */
export interface Metrics {
  readonly contentType: string;
  /** Times of something, in seconds, by label. */
  histogram<L extends string>(
    options: MeterOptions<L> & { buckets: number[] },
  ): {
    observe(labels: Record<L, string | number>, seconds: number): void;
  };
  /** A figure that is asked for when somebody looks. A `collect` that fails leaves the figure out. */
  gauge<L extends string>(
    options: MeterOptions<L>,
    collect: (set: (labels: Record<L, string | number>, value: number) => void) => void | Promise<void>,
  ): void;
  /** All figures in Prometheus' text form. */
  text(): Promise<string>;
}

interface MeterOptions<L extends string> {
  name: string;
  help: string;
  labels: readonly L[];
}

/** Makes the metrics of a process, with Node's own (memory, event loop, CPU); `process` labels every figure. */
export function createMetrics(processName: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: processName });
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    histogram: ({ name, help, labels, buckets }) => {
      const meter = new Histogram({ name, help, labelNames: [...labels], buckets, registers: [registry] });
      return { observe: (values, seconds) => meter.observe(values, seconds) };
    },
    gauge: ({ name, help, labels }, collect) => {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        async collect() {
          this.reset();
          try {
            await collect((values, value) => this.set(values, value));
          } catch {
            this.reset();
          }
        },
      });
    },
    text: () => registry.metrics(),
  };
}
