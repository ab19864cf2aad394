declare module "*.css" {
  const text: string;
  export default text;
}

// File name of the panel, put in by the build.
declare const PANEL: string;
