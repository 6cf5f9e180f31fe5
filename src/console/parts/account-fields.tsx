export interface AccountFieldsProps {
  /** An account is made: it has a name, and a password that is long enough. */
  isNew: boolean;
  labels: { name?: string; email: string; password: string };
}

/** The fields of signing in, or of making an account. */
export function AccountFields({ isNew, labels }: AccountFieldsProps) {
  return (
    <>
      {isNew && (
        <label>
          {labels.name}
          <input name="name" autoComplete="name" required maxLength={200} />
        </label>
      )}
      <label>
        {labels.email}
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        {labels.password}
        <input
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? 8 : 1}
          required
        />
      </label>
    </>
  );
}
