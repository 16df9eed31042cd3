export { adam } from './adam';
export { addInto, addIntoWithSquares, sumOfSquares } from './addInto';
