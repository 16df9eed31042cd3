/** Where the sources can be read. */
export const REPOSITORY = 'https://github.com/steadyformer/steadyformer';
