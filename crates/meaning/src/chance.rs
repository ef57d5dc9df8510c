//! How likely counts are by chance.

/// What is less likely than this by chance is said.
pub(crate) const RISK: f64 = 0.001;

/// How likely it is that at least `found` of `drawn` rows, drawn from `all` without replacement, are
/// among `wanted` of them: the tail of the hypergeometric distribution, by which Fisher's exact test
/// judges an excess. Returns 1 if `found` is no more than expected.
pub(crate) fn excess(found: usize, wanted: usize, [drawn, all]: [usize; 2]) -> f64 {
    let most = drawn.min(wanted);
    if found > most {
        return 0.0;
    }
    if found as f64 * all as f64 <= drawn as f64 * wanted as f64 {
        return 1.0;
    }
    let mut term = (ln_choose(wanted, found) + ln_choose(all - wanted, drawn - found) - ln_choose(all, drawn)).exp();
    let mut sum = term;
    // Beyond the mean terms fall, each time by a greater factor.
    for count in found..most {
        term *= (wanted - count) as f64 * (drawn - count) as f64;
        term /= (count + 1) as f64 * (all + count + 1 - drawn - wanted) as f64;
        sum += term;
        if term <= f64::EPSILON * sum {
            break;
        }
    }
    sum.min(1.0)
}

/// The logarithm of the number of ways to choose `chosen` of `all`.
fn ln_choose(all: usize, chosen: usize) -> f64 {
    ln_factorial(all) - ln_factorial(chosen) - ln_factorial(all - chosen)
}

/// The logarithm of a factorial, by Stirling's series from 16 on.
fn ln_factorial(number: usize) -> f64 {
    if number < 16 {
        return (1..=number).map(|factor| factor as f64).product::<f64>().ln();
    }
    let x = number as f64;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * x * x)) / (x * x)) / x;
    (x + 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

/// Sizes of two small sets.
#[cfg(test)]
pub(crate) fn small_sets() -> impl Iterator<Item = [usize; 2]> {
    (1..30).flat_map(|a| (1..30).map(move |b| [a, b])).filter(|[a, b]| a + b <= 30)
}

/// The share of the orders of the rows of two sets whose number of pairs in which that of the first
/// set is greater is `counted`.
#[cfg(test)]
pub(crate) fn of_orders([a, b]: [usize; 2], counted: impl Fn(usize) -> bool) -> f64 {
    // The number of orders of `first` rows and some others, by `first` and the number of pairs.
    let mut orders = vec![vec![0.0; a * b + 1]; a + 1];
    orders[0][0] = 1.0;
    for others in 0..=b {
        for first in 1..=a {
            let (before, own) = orders.split_at_mut(first);
            // Those whose greatest row is of the first set; the others are those of one other fewer.
            (others..=a * b).for_each(|pairs| own[0][pairs] += before[first - 1][pairs - others]);
        }
    }
    let all: f64 = orders[a].iter().sum();
    (0..=a * b).filter(|&pairs| counted(pairs)).map(|pairs| orders[a][pairs]).sum::<f64>() / all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/data/chance.py` printed them.
    #[test]
    fn tails_are_those_of_scipy() {
        let check = |found: usize, wanted: usize, sets: [usize; 2], expected: f64| {
            let tail = excess(found, wanted, sets);
            assert!((tail / expected - 1.0).abs() < 1e-8, "{found} {wanted} {sets:?}: {tail:e}, not {expected:e}");
        };
        check(10, 10, [10, 20], 5.412_544_112_2e-06);
        check(8, 8, [10, 20], 3.572_279_114_1e-04);
        check(2, 2, [2, 100], 2.020_202_020_2e-04);
        check(4, 30, [5, 150], 5.799_705_588_3e-03);
        check(3, 40, [10, 10_000], 6.978_659_243_4e-06);
        check(60, 5_000, [100, 10_000], 2.782_684_505_2e-02);
        check(1_300, 100_000, [10_000, 1_000_000], 2.547_816_070_4e-22);
    }

    /// 2 and 2 rows have six orders; in one all pairs are in order, in one all but one.
    #[test]
    fn orders_are_counted_as_by_hand() {
        assert_eq!(of_orders([2, 2], |pairs| pairs >= 3), 2.0 / 6.0);
        assert_eq!(of_orders([1, 4], |pairs| pairs == 2), 1.0 / 5.0);
    }

    #[test]
    fn what_is_expected_or_impossible_is_no_excess() {
        assert_eq!(excess(1, 3, [4, 12]), 1.0);
        assert_eq!(excess(2, 8, [4, 10]), 1.0, "two cannot be avoided");
        assert_eq!(excess(4, 3, [4, 10]), 0.0);
    }
}
