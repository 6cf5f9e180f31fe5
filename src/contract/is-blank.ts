/** Whether nothing of a text would be seen: only white space, and characters of no width (joiners, marks of direction …). */
export function isBlank(text: string): boolean {
  return /^[\s\p{Default_Ignorable_Code_Point}\p{Cf}]*$/u.test(text);
}
