import { failureOf } from '../failure';
import type { Reply, Request } from '../protocol';
import type { Lab } from './lab';
import { growthOf, theoryOf } from './theory';

const post = (reply: Reply): void => self.postMessage(reply);

/** Loaded when first asked: theory needs none of it. */
let lab: Promise<Lab> | undefined;

const opened = (): Promise<Lab> => {
  lab ??= import('./lab').then(({ Lab }) => new Lab(post));
  return lab;
};

/** Theory is answered at once; the rest is the lab's. */
const answer = async (request: Request): Promise<void> => {
  switch (request.kind) {
    case 'theory':
      return post({ kind: 'theory', id: request.id, theory: theoryOf(request.choice) });
    case 'growth': {
      const { id, method } = request;
      return post({ kind: 'growth', id, method, growth: growthOf(method) });
    }
    default:
      return (await opened()).handle(request);
  }
};

self.onmessage = ({ data }: MessageEvent<Request>): void => {
  answer(data).catch((error: unknown) => {
    post({ kind: 'failed', id: 'id' in data ? data.id : 0, failure: failureOf(error) });
  });
};
