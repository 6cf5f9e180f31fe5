/** What a message is about: the rubric's eight topics. */
export const TOPICS = [
  "disbursement",
  "repayment",
  "application_rejected",
  "account_access",
  "credit_bureau",
  "fraud_dispute",
  "information",
  "other",
] as const;

export type Topic = (typeof TOPICS)[number];
