import '@mantine/charts/styles.layer.css';
import { BarChart } from '@mantine/charts';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { deliveryColor } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import classes from './reports.module.css';

/** How the days went, as bars; the table beneath says the same in figures. Loaded apart: charts are heavy. */
export default function DaysChart({ days }: { days: readonly Schemas['DayView'][] }) {
  const { t } = useTranslation(['reports', 'status']);
  const format = useFormat();
  const data = days.map(({ day, totals }) => ({ day: day.slice(5).replace('-', '/'), ...totals }));
  const series = (['SENT', 'SKIPPED', 'FAIL', 'UNKNOWN'] as const).map((status) => ({
    name: status.toLowerCase(),
    label: t(`delivery.${status}`, { ns: 'status' }),
    color: `${deliveryColor(status)}.6`,
  }));
  return (
    <figure className={classes.chart} role="img" aria-label={t('chart')}>
      <BarChart
        h={220}
        data={data}
        dataKey="day"
        type="stacked"
        series={series}
        valueFormatter={(value) => format.number(value)}
        yAxisProps={{
          tickFormatter: (value: number) => format.compact(value),
          width: 52,
          allowDecimals: false,
        }}
        barChartProps={{ accessibilityLayer: false }}
        barProps={{ isAnimationActive: false, maxBarSize: 36 }}
        tickLine="none"
        gridAxis="x"
      />
    </figure>
  );
}
