import { curvesFigure, type VegaLiteSpec } from '@steadyformer/analysis';

/** What figures share beside what they show: schema, background, sizes of type. */
type Frame = Pick<VegaLiteSpec, '$schema' | 'background' | 'config'>;

const frameOf = ({ $schema, background, config }: VegaLiteSpec): Frame => ({ $schema, background, config });

/** The frame of all figures, for one that is drawn here. */
export const FRAME: Frame = frameOf(curvesFigure({}));

/** Figures beside each other, so many a row, each with its own scales. */
export const panels = (figures: readonly VegaLiteSpec[], columns = 2): VegaLiteSpec => {
  return {
    ...frameOf(figures[0]!),
    columns,
    concat: figures.map(({ $schema: _, background: __, config: ___, ...view }) => view),
    resolve: {
      scale: {
        color: 'independent',
        shape: 'independent',
        strokeDash: 'independent',
        x: 'independent',
        y: 'independent',
      },
    },
  };
};
