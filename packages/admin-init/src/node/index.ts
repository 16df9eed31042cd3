export { readProfile, writeProfile } from '../profile/node/profileFile';
