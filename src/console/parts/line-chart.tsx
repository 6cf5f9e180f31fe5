import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useIsDark } from "./theme.js";
import "uplot/dist/uPlot.min.css";

export interface LineChartProps {
  title: string;
  /** ms since 1970, ascending. */
  times: readonly number[];
  values: readonly number[];
  /** The name of a colour in the style sheets. */
  colour: string;
}

const height = 150;

/** A line over time. Its figures stand beside it in words: to who cannot see it, it is a picture with its title. */
export function LineChart({ title, times, values, colour }: LineChartProps) {
  const isDark = useIsDark();
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its colours are read anew with the theme
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const [line = "", ink = "", grid = ""] = [colour, "--muted", "--line"].map((name) => colourOf(box, name));
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, size: 36 };
    const chart = new uPlot(
      {
        width: box.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.1))] } },
        axes: [
          {
            ...axis,
            incrs: [60, 300, 600, 900, 1800],
            values: (_, ticks) => ticks.map((at) => new Date(at * 1000).toTimeString().slice(0, 5)),
          },
          { ...axis, space: 34 },
        ],
        series: [
          {},
          { stroke: line, width: 2, fill: line.replace(/^rgb\((.*)\)$/, "rgba($1, 0.13)"), points: { show: false } },
        ],
      },
      [times.map((at) => at / 1000), [...values]],
      box,
    );
    const watch = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height }));
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [times, values, colour, isDark]);
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={title} />
    </figure>
  );
}

/** A colour of the style sheets as it is now, `rgb(…)`: what a canvas takes. */
function colourOf(box: HTMLElement, name: string): string {
  box.style.color = `var(${name})`;
  const { color } = getComputedStyle(box);
  box.style.color = "";
  return color;
}
