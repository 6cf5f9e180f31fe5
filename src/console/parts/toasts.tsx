import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";

interface Toast {
  id: number;
  text: string;
  isFault: boolean;
}

const shownMs = 5000;

/** Says something in passing: shown for a few seconds, and read out. */
export type Say = (text: string, isFault?: boolean) => void;

const ToastContext = createContext<Say>(() => undefined);

export const useToast = (): Say => useContext(ToastContext);

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const last = useRef(0);
  const say = useCallback<Say>((text, isFault = false) => {
    const id = ++last.current;
    setToasts((all) => [...all.slice(-2), { id, text, isFault }]);
    setTimeout(() => setToasts((all) => all.filter((toast) => toast.id !== id)), shownMs);
  }, []);
  const list = useMemo(
    () =>
      toasts.map(({ id, text, isFault }) => (
        <div key={id} className={`toast ${isFault ? "fault" : ""}`}>
          {text}
        </div>
      )),
    [toasts],
  );
  return (
    <ToastContext value={say}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {list}
      </div>
    </ToastContext>
  );
}
