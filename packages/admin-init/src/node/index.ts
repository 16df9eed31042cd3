export { readProfile, writeProfile } from './profileFile';
