import { createContext, useContext } from "react";
import type { Desk } from "../desk/desk.js";

export const DeskContext = createContext<Desk | null>(null);

/** The desk that this part of the page belongs to. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("there is no desk around this part");
  return desk;
}
