import { type SeededRandom, seededRandom } from "../../cli/seeded-random.js";

/** A source of chance for a test: its seed is printed, and taken from TEST_SEED. */
export function testRandom(): SeededRandom {
  const given = process.env.TEST_SEED;
  const random = given ? seededRandom(Number(given)) : seededRandom();
  console.info(`TEST_SEED=${random.seed}`);
  return random;
}
