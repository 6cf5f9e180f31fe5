import type { Bot } from "../domain/bot.js";

/**
 * A bot whose failures another one makes good: what it should have answered, the other answers, marked `degraded`. Why,
 * is told to `onFailure`, never to the customer.
 */
export function createBotWithFallback(bot: Bot, fallback: Bot, onFailure: (error: unknown) => void): Bot {
  return {
    isFree: bot.isFree,
    answer: async (question, onPiece) => {
      let begun = false;
      let failed = false;
      try {
        return await bot.answer(question, (piece) => {
          // What failed by its deadline may go on talking.
          if (failed) return;
          begun = true;
          onPiece?.(piece);
        });
      } catch (error) {
        failed = true;
        onFailure(error);
        if (begun) onPiece?.(null);
        return { ...(await fallback.answer(question, onPiece)), degraded: true };
      }
    },
  };
}
