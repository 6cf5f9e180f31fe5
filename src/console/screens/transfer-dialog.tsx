import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError } from "../http/call-error.js";
import { Modal } from "../parts/modal.js";
import { PickList } from "../parts/pick-list.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";

const rank = { online: 0, away: 1, offline: 2 };

/** To whom the ticket goes: who is there and has room stands first. */
export default function TransferDialog({ session, onClose }: { session: TicketSession; onClose: () => void }) {
  const { desk } = session;
  const say = useToast();
  const entries = [...desk.agents.values()]
    .filter(({ id }) => id !== session.standing?.assignedTo)
    .sort((a, b) => rank[a.availability] - rank[b.availability] || a.open_tickets - b.open_tickets)
    .map((agent) => ({
      id: String(agent.id),
      text: agent.name,
      agent,
      shown: (
        <>
          <span className={`dot ${agent.availability}`} />
          <span className="grow">{agent.name}</span>
          <span className="muted">
            {words.availability[agent.availability]}, {words.transfer.load(agent.open_tickets, agent.capacity)}
          </span>
        </>
      ),
    }));
  const transfer = async (toId: number, name: string) => {
    onClose();
    try {
      session.take(await desk.calls.transfer(session.id, toId));
      say(words.ticket.transferred(name));
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
  };
  return (
    <Modal title={words.transfer.title} onClose={onClose} size="wide">
      <PickList
        label={words.transfer.search}
        placeholder={words.transfer.search}
        none={words.transfer.none}
        entries={entries}
        onPick={({ agent }) => void transfer(agent.id, agent.name)}
      />
    </Modal>
  );
}
