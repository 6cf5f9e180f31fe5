import { describe, expect, it } from "vitest";
import { DeadlineError } from "../../../src/runtime/deadline.js";
import { troubleOf } from "../../../src/runtime/trouble.js";

const withCode = (code: string, message = "x") => Object.assign(new Error(message), { code });

describe("troubleOf", () => {
  it.each([
    [withCode("53300", "sorry, too many clients already"), "has no connection left"],
    [withCode("53100"), "has no room left on its disk"],
    [withCode("57014"), "took longer than a statement may"],
    [withCode("57P03"), "is starting or stopping"],
    [withCode("25006"), "takes no writes (a replica, or read-only)"],
    [withCode("42P01"), "has not the tables of this program"],
    [withCode("3D000"), "does not exist on that server"],
    [withCode("08006"), "does not answer"],
    [withCode("ECONNREFUSED"), "does not answer"],
    [new Error("timeout exceeded when trying to connect"), "gave no connection within 5 s"],
    [new DeadlineError("database took longer than 1000 ms"), "does not answer in time"],
    [
      new Error("OOM command not allowed when used memory > 'maxmemory'."),
      "has no memory left (maxmemory) and takes nothing more",
    ],
    [new Error("LOADING Redis is loading the dataset in memory"), "is starting: it reads its data"],
    ["a text", "does not answer"],
  ])("%s", (error, says) => expect(troubleOf(error).says).toBe(says));

  it("looks at what caused it, and repeats nothing of it", () => {
    const outer = new Error("Redis is away at 10.0.0.9", { cause: withCode("53300", "secret") });
    expect(troubleOf(outer).says).toBe("has no connection left");
    expect(JSON.stringify(troubleOf(outer))).not.toMatch(/10\.0|secret/);
  });
});
