// A replica that cannot build its model.
import { serveReplica } from '@steadyformer/core/node';

await serveReplica(async () => {
  throw new Error('no such corpus');
});
