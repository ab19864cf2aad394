declare module "*.css" {
  const text: string;
  export default text;
}

// File name of the panel, put in by the build.
declare const PANEL: string;

// File name of what few conversations need.
declare const MORE: string;
