/** Files of a model that leaves or comes, by their names below its folder. */
export type ExportedFiles = Readonly<Record<string, Uint8Array>>;
