import { describe, expect, it } from "vitest";
import {
  criticalRecallTop20,
  macroF1Urgent,
  pairwiseAccuracy,
  precisionTop20,
  spearman,
} from "../../../src/urgency/metrics.js";

const rows = (...pairs: [urgency: number, score: number][]) =>
  pairs.map(([urgency, score]) => ({ urgency, score, raw: score }));

describe("metrics", () => {
  it("pairwise: right pairs, ties a half, equal labels not counted", () => {
    expect(pairwiseAccuracy(rows([0, 1], [1, 2], [2, 3]))).toBe(1);
    expect(pairwiseAccuracy(rows([0, 3], [1, 2], [2, 1]))).toBe(0);
    expect(pairwiseAccuracy(rows([0, 5], [3, 5]))).toBe(0.5);
    expect(pairwiseAccuracy(rows([0, 1], [0, 9], [3, 5]))).toBe(0.5);
    expect(pairwiseAccuracy(rows([1, 1], [1, 2]))).toBeNaN();
  });

  it("Spearman: 1, -1, and with ties the textbook's value", () => {
    expect(spearman(rows([0, 1], [1, 2], [2, 3]))).toBeCloseTo(1);
    expect(spearman(rows([0, 3], [1, 2], [2, 1]))).toBeCloseTo(-1);
    expect(spearman(rows([0, 1], [0, 2], [1, 2], [1, 4]))).toBeCloseTo(3 / Math.sqrt(4 * 4.5));
  });

  it("macro F1 of urgent or not", () => {
    expect(macroF1Urgent(rows([3, 90], [2, 60], [1, 40], [0, 1]), 50)).toBe(1);
    expect(macroF1Urgent(rows([3, 90], [2, 10], [1, 40], [0, 1]), 50)).toBeCloseTo((2 / 3 + 0.8) / 2);
  });

  it("the top fifth", () => {
    const ten = rows([3, 99], [0, 95], [2, 50], [3, 40], [1, 30], [0, 9], [0, 8], [0, 7], [0, 6], [0, 5]);
    expect(precisionTop20(ten)).toBe(0.5);
    expect(criticalRecallTop20(ten)).toBe(0.5);
  });
});
