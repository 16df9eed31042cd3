import { checkGenerated } from './check';

checkGenerated('small tensors in JavaScript');
