/** Something that is looked at: `version` rises with each change, and listeners are told once per turn of `schedule`. */
export class Observable {
  #version = 0;
  #scheduled = false;
  readonly #listeners = new Set<() => void>();
  readonly #schedule: (run: () => void) => void;

  /** `schedule`: a browser gives requestAnimationFrame, so that 500 changes a second are at most 60 drawings. */
  constructor(schedule: (run: () => void) => void = (run) => queueMicrotask(run)) {
    this.#schedule = schedule;
  }

  /** Rises by one with each telling. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Something changed. */
  protected changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.beforeTelling();
      this.#version++;
      for (const listener of this.#listeners) listener();
    });
  }

  /** What is to be put in order once for many changes. */
  protected beforeTelling(): void {}
}
