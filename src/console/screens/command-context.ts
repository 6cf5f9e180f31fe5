import { createContext, useContext, useEffect, useMemo, useRef } from "react";
import type { IconName } from "../parts/icon.js";

/** Something that can be done now: found in the command bar, shown with its key. */
export interface Command {
  id: string;
  label: string;
  icon?: IconName;
  shortcut?: string;
  run: () => void;
}

/** What the parts of the page offer at the moment. */
export interface CommandRegistry {
  offer(source: object, commands: readonly Command[]): () => void;
  all(): Command[];
}

export const CommandContext = createContext<CommandRegistry | null>(null);

export function useCommandRegistry(): CommandRegistry {
  return useMemo(() => {
    const offered = new Map<object, readonly Command[]>();
    return {
      offer: (source, commands) => {
        offered.set(source, commands);
        return () => offered.delete(source);
      },
      all: () => [...offered.values()].flat(),
    };
  }, []);
}

/** Offers commands as long as this part of the page is there. */
export function useCommands(commands: readonly Command[]): void {
  const registry = useContext(CommandContext);
  const source = useRef({});
  useEffect(() => registry?.offer(source.current, commands));
}
