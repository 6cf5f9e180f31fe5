declare module "*.css?inline" {
  /** The style sheet, minified. */
  const text: string;
  export default text;
}
