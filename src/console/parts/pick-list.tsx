import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface PickEntry {
  id: string;
  /** What is searched besides nothing else. */
  text: string;
  shown: ReactNode;
}

export interface PickListProps<E extends PickEntry> {
  label: string;
  placeholder: string;
  none: string;
  entries: readonly E[];
  onPick: (entry: E) => void;
}

/** How well the words of a search fit a text; 0: not at all. Each word has to be in it, at its start is better. */
export function fitOf(text: string, search: string): number {
  const inside = text.toLowerCase();
  let fit = 1;
  for (const word of search.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = inside.indexOf(word);
    if (at === -1) return 0;
    fit += at === 0 ? 3 : /\W/.test(inside[at - 1] ?? " ") ? 2 : 1;
  }
  return fit;
}

/** A text field with a list below it to choose from by arrows and Enter (the ARIA pattern of a combobox). */
export function PickList<E extends PickEntry>({ label, placeholder, none, entries, onPick }: PickListProps<E>) {
  const id = useId();
  const [search, setSearch] = useState("");
  const [active, setActive] = useState(0);
  const activeRef = useRef<HTMLDivElement | null>(null);
  const found = entries
    .map((entry) => ({ entry, fit: fitOf(entry.text, search) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .map(({ entry }) => entry);
  const at = Math.min(active, Math.max(0, found.length - 1));
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is scrolled to when another one is the active one
  useEffect(() => void activeRef.current?.scrollIntoView({ block: "nearest" }), [at, search]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setActive((at + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const entry = found[at];
      if (entry) onPick(entry);
    }
  };

  return (
    <div className="pick">
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(found.length > 0 ? { "aria-activedescendant": `${id}-${at}` } : {})}
        placeholder={placeholder}
        value={search}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setSearch(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="pick-list" role="listbox" id={`${id}-list`} aria-label={label}>
        {found.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the text field's
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={`pick-entry ${index === at ? "active" : ""}`}
            ref={index === at ? activeRef : null}
            onMouseMove={() => setActive(index)}
            onClick={() => onPick(entry)}
          >
            {entry.shown}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="pick-none" role="status">
          {none}
        </p>
      )}
    </div>
  );
}
