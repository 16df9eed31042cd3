import { curvesFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { meanCurve } from '../../measure/learning';
import { LABELS } from '../../measure/methods';
import { panels } from '../../measure/panels';
import { at, COMPARED, type Point, RULES, type Rule, ratesOf } from './points';

const NAMES: Readonly<Record<Rule, string>> = { sgd: 'SGD', adam: 'Adam' };

/** Mean held-out perplexity of every rate, a panel a method and optimizer. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec =>
  panels(
    COMPARED.flatMap((method) =>
      RULES.map((rule) =>
        curvesFigure(
          Object.fromEntries(
            ratesOf(points, rule).map((rate) => [
              `${NAMES[rule]}, ${rate}`,
              meanCurve(at(points, method, rule, rate)),
            ]),
          ),
          { title: `${LABELS[method]}, ${NAMES[rule]}`, label: 'Held-out perplexity, mean of networks' },
        ),
      ),
    ),
  );
