import { configure } from '../../index';
import { checkGenerated } from './check';

configure({ forceNative: true });
checkGenerated('small tensors native, too');
