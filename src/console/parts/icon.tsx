const paths = {
  inbox: "M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z",
  chart: "M4 20V10M10 20V4M16 20v-7M22 20H2",
  users: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-7 7-7s7 3 7 7M17 4a4 4 0 0 1 0 7M22 21c0-3-1.5-5.5-4-6.500",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM21 21l-5-5",
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-3-7z",
  clip: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
  bolt: "M13 2L4 14h7l-1 8 9-12h-7z",
  note: "M5 3h14v12l-6 6H5zM13 21v-6h6",
  more: "M4.500 12h1M11.500 12h1M18.500 12h1",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  swap: "M4 8h14l-4-4M20 16H6l4 4",
  release: "M12 15V3M7 8l5-5 5 5M4 15v5h16v-5",
  copy: "M9 9h11v12H9zM5 15H4V3h11v1",
  check: "M4 12l5 5L20 6",
  checks: "M2 12l5 5L17 6M12 16l1 1L23 6",
  panel: "M3 4h18v16H3zM15 4v16",
  close: "M5 5l14 14M19 5L5 19",
  keys: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z",
  exit: "M10 4H4v16h6M15 8l4 4-4 4M19 12H9",
  file: "M6 2h8l5 5v15H6zM14 2v6h5",
  scales: "M12 3v18M6 21h12M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z",
  coin: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15 9c-.500-1-1.500-1.500-3-1.500-4 0-4 4.500 0 4.500s4 4.500 0 4.500c-1.500 0-2.500-.500-3-1.500M12 5.500v13",
  docs: "M4 4h7a2 2 0 0 1 1 1v15a2 2 0 0 0-1-1H4zM20 4h-7a2 2 0 0 0-1 1v15a2 2 0 0 1 1-1h7z",
  down: "M12 5v14M6 13l6 6 6-6",
  chat: "M4 4h16v12H10l-6 5z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  pen: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  lock: "M6 11h12v10H6zM8 11V8a4 4 0 0 1 8 0v3",
} as const;

export type IconName = keyof typeof paths;

/** A picture beside a text, or in a button that has a name of its own: nothing is read out for it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
