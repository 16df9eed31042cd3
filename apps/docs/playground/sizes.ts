/** Networks that are measured of each model, one a seed. */
export const NETWORKS = 4;

/** Updates that one press of the button trains. */
export const UPDATES = 300;
