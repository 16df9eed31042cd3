/** Where the sources can be read. */
export const REPOSITORY = 'https://github.com/steadyformer/steadyformer';

/** Files of the repository as they are, for what is shown outside it: READMEs on npm. */
export const RAW = 'https://raw.githubusercontent.com/steadyformer/steadyformer/main';
