/** One thing said before, as a bot is told of it. */
export interface BotTurn {
  from: "customer" | "desk";
  text: string;
}

/** A text that the desk's people wrote for such questions: a canned reply, with its names filled in. */
export interface BotKnowledge {
  id: number;
  title: string;
  text: string;
}

/** What a bot is asked. All of it is bounded by who asks. */
export interface BotQuestion {
  text: string;
  /** What was said before it, oldest first. */
  context: readonly BotTurn[];
  /** What customers often ask, as the desk words it. */
  prompts: readonly BotKnowledge[];
  replies: readonly BotKnowledge[];
  /** Tokens that may be spent on it; 0: none, so that only what costs nothing answers. */
  tokensMax: number;
}

/** What a bot answers. */
export interface BotAnswer {
  text: string;
  /** 0: no idea, 1: sure. */
  confidence: number;
  source: string;
  /** Tokens that it cost. */
  tokens: number;
  /** The provider that should have answered failed, or had no tokens left: another one answered. */
  degraded?: true;
}

/**
 * A bot. `onPiece` is given the answer piece by piece where the provider streams it; null: what came before does not count,
 * another answer begins. What is answered in the end is the truth; a piece is never given of an answer that is not sure.
 */
export interface Bot {
  /** It costs no tokens, ever. */
  readonly isFree: boolean;
  answer(question: BotQuestion, onPiece?: (piece: string | null) => void): Promise<BotAnswer>;
}
