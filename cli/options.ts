import { InvalidArgumentError } from "commander";

/** The same for an option that may be given several times: the first one replaces the default. */
export function wholeNumbers(min: number, max: number): (text: string) => number[] {
  const parse = wholeNumber(min, max);
  const given: number[] = [];
  return (text) => {
    given.push(parse(text));
    return given;
  };
}

/** A parser of whole numbers within bounds, for an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return parser(Number.isInteger, "a whole number", min, max);
}

/** The same for a number that need not be whole. */
export function numberFrom(min: number, max: number): (text: string) => number {
  return parser(Number.isFinite, "a number", min, max);
}

function parser(isOne: (value: number) => boolean, what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !isOne(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It is ${what} from ${min} to ${max}.`);
    }
    return value;
  };
}
