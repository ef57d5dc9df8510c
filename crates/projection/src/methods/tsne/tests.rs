use parallax_neighbors::NeighborGraph;

use super::{repulsion::Repulsion, *};

/// `points` around `clusters` centers that are far apart, in 8 dimensions, with the cluster of
/// each: point i is of cluster i modulo `clusters`.
fn gaussians(points: usize, clusters: usize) -> Vec<[f32; 8]> {
    let random = Random::new(11, 0);
    let centers = Random::new(11, 1);
    (0..points)
        .map(|i| {
            std::array::from_fn(|axis| {
                20.0 * centers.normal((i % clusters * 8 + axis) as u64) + random.normal((i * 8 + axis) as u64)
            })
        })
        .collect()
}

/// The exact graph, by sorting all distances.
fn graph<const N: usize>(vectors: &[[f32; N]], k: usize) -> NeighborGraph {
    let k = k.min(vectors.len().saturating_sub(1));
    let (mut indices, mut distances) = (Vec::new(), Vec::new());
    for (point, vector) in vectors.iter().enumerate() {
        let distance = |other: &[f32; N]| vector.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let mut others: Vec<(f32, u32)> = vectors
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != point)
            .map(|(i, v)| (distance(v), i as u32))
            .collect();
        if k > 0 && k < others.len() {
            others.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
        others.truncate(k);
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        indices.extend(others.iter().map(|&(_, point)| point));
        distances.extend(others.iter().map(|&(distance, _)| distance));
    }
    NeighborGraph::from_lists((0..vectors.len() as u32).collect(), k, indices, distances)
}

fn config(dims: usize, perplexity: f32, iterations: usize) -> TsneConfig {
    TsneConfig { dims, perplexity: Some(perplexity), iterations, ..TsneConfig::recommended() }
}

fn finished(graph: &NeighborGraph, config: TsneConfig) -> Tsne {
    let mut tsne = Tsne::new(graph, &Layout::default(), config).unwrap();
    while !tsne.is_finished() {
        tsne.step().unwrap();
        assert!(tsne.layout().iter().all(|x| x.is_finite()), "step {}", tsne.iteration());
    }
    tsne
}

/// 500 handwritten digits in space, with the kernel of two degrees of freedom that scikit-learn takes
/// there. Its layout has the divergence here that its own function computes, and ours is as good.
#[test]
fn two_degrees_of_freedom_in_space_are_those_of_scikit_learn() {
    const DIVERGENCE: f64 = 0.307_501;
    let pixels = include_bytes!("../../../tests/data/digits_1797x64_u8.bin").as_chunks::<64>().0;
    let digits: Vec<[f32; 64]> = pixels[..500].iter().map(|row| row.map(f32::from)).collect();
    let layout = include_bytes!("../../../tests/data/digits_500.tsne.bin").as_chunks::<4>().0;
    let layout: Vec<f32> = layout.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let graph = graph(&digits, 90);
    let affinities = Affinities::new(&graph, 30.0).unwrap();
    let theirs = exact_kl(&affinities, &layout, 3, 2.0);
    assert!((theirs - DIVERGENCE).abs() < 1e-3 * DIVERGENCE, "{theirs}");
    let own = finished(&graph, TsneConfig { freedom: 2.0, ..config(3, 30.0, TsneConfig::recommended().iterations) });
    let own = exact_kl(&affinities, own.layout(), 3, 2.0);
    assert!(own < 1.02 * DIVERGENCE, "{own}");
    let of_one_degree = exact_kl(&affinities, &layout, 3, 1.0);
    assert!((of_one_degree - DIVERGENCE).abs() > 0.1 * DIVERGENCE, "another kernel: {of_one_degree}");
}

/// Places for gradients: spread as a layout is, some of them close together.
fn places<const D: usize>(points: usize, scale: f32) -> Vec<[f32; D]> {
    let random = Random::new(3, 0);
    (0..points)
        .map(|i| {
            let wide = if i % 3 == 0 { 1.0 } else { 0.1 };
            std::array::from_fn(|axis| scale * wide * random.normal((i * D + axis) as u64) + (i % 5 * axis) as f32)
        })
        .collect()
}

#[test]
fn affinities_match_a_binary_search() {
    let (points, perplexity) = (60, 7.0_f64);
    let graph = graph(&gaussians(points, 3), 21);
    let affinities = Affinities::new(&graph, perplexity as f32).unwrap();
    let mut dense = vec![vec![0.0_f64; points]; points];
    for point in 0..points {
        let (others, distances) = graph.neighbors(point);
        let shares = |beta: f64| {
            let weights: Vec<f64> = distances.iter().map(|&d| (-beta * f64::from(d).powi(2)).exp()).collect();
            let sum: f64 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / sum).collect::<Vec<f64>>()
        };
        let entropy = |beta: f64| -shares(beta).iter().filter(|&&p| p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        let (mut low, mut high) = (0.0_f64, 1e3_f64);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if entropy(middle) > perplexity.ln() { low = middle } else { high = middle }
        }
        for (&other, p) in others.iter().zip(shares(low)) {
            dense[point][other as usize] += p / (2 * points) as f64;
            dense[other as usize][point] += p / (2 * points) as f64;
        }
    }
    for (point, row) in dense.iter().enumerate() {
        let (others, values) = affinities.of(point);
        let mut found = vec![0.0; points];
        others.iter().zip(values).for_each(|(&other, &p)| found[other as usize] = f64::from(p));
        for (found, expected) in found.iter().zip(row) {
            assert!((found - expected).abs() < 1e-5 * expected + 1e-12, "{found} {expected}");
        }
    }
}

#[test]
fn tied_neighbors_have_equal_affinities() {
    let star = NeighborGraph::from_lists(
        (0..13).collect(),
        12,
        (0..13).flat_map(|i| (0..13).filter(move |&j| j != i)).collect(),
        vec![1.0; 156],
    );
    let affinities = Affinities::new(&star, 4.0).unwrap();
    assert!((0..13).all(|point| affinities.of(point).1.iter().all(|&p| (p - 1.0 / 156.0).abs() < 1e-7)));
}

#[test]
fn evened_affinities_take_their_share_from_the_nearest_alike() {
    let points = 60;
    let graph = graph(&gaussians(points, 3), 21);
    let affinities = Affinities::new(&graph, 7.0).unwrap();
    for (perplexity, alike) in [(7.0, 4), (5.0, 3), (1.0, 1)] {
        for evenness in [0.0, 0.4, 1.0] {
            let evened = affinities.evened(&graph, perplexity, evenness);
            for point in 0..points {
                let ((others, values), (same, found)) = (affinities.of(point), evened.of(point));
                assert_eq!(others, same);
                for ((&other, p), found) in others.iter().zip(values).zip(found) {
                    let names = |one: usize, other: usize| graph.neighbors(one).0[..alike].contains(&(other as u32));
                    let directions = [names(point, other as usize), names(other as usize, point)];
                    let share = directions.iter().filter(|&&named| named).count() as f32 / (2 * points * alike) as f32;
                    let expected = (1.0 - evenness) * p + evenness * share;
                    assert!(
                        (found - expected).abs() < 1e-5 * expected + 1e-12,
                        "{perplexity} {evenness}: {found} {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn final_evenness_keeps_more_neighbors() {
    let graph = graph(&gaussians(700, 1), 30);
    for dims in [2, 3] {
        let [without, with] = [0.0, 0.7].map(|final_evenness| {
            let tsne = finished(&graph, TsneConfig { final_evenness, ..config(dims, 10.0, 500) });
            assert!((tsne.kl().unwrap() / exact_kl(tsne.affinities(), tsne.layout(), dims, 1.0) - 1.0).abs() < 0.01);
            recall(&graph, tsne.layout(), dims, 5)
        });
        assert!(with > without + 0.01, "{dims}D: {without} {with}");
    }
}

/// The share of each point's `k` nearest that are among its `k` nearest in the layout.
fn recall(graph: &NeighborGraph, layout: &[f32], dims: usize, k: usize) -> f64 {
    let mut found = 0;
    for (point, place) in layout.chunks_exact(dims).enumerate() {
        let distance = |other: &[f32]| place.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let mut others: Vec<(f32, u32)> = layout.chunks_exact(dims).map(distance).zip(0..).collect();
        others.swap_remove(point);
        others.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0));
        found += others[..k].iter().filter(|(_, other)| graph.neighbors(point).0[..k].contains(other)).count();
    }
    found as f64 / (graph.len() * k) as f64
}

/// The first step's motion from rest is against the gradient of the divergence from what pulls: a
/// gain of 1.2, times the learning rate, times the gradient over 2 (v + 1) / v for v degrees of
/// `freedom`. The cost is that of the affinities.
fn check_gradient<const D: usize>(evenness: f32, freedom: f32) {
    let freedom_of_kl = f64::from(freedom);
    let factor = 2.0 * (freedom_of_kl + 1.0) / freedom_of_kl;
    let graph = graph(&gaussians(40, 4), 15);
    let affinities = Affinities::new(&graph, 5.0).unwrap();
    let pulling = affinities.evened(&graph, 5.0, evenness);
    let start = places::<D>(40, 2.0);
    let mut descent = Descent::new(start.clone(), 0.5, freedom);
    let pace = Pace { exaggeration: 1.0, learning_rate: 1.0, momentum: 0.0 };
    let cost = descent.step(&affinities, &pulling, pace) + affinities.negative_entropy();
    let exact = exact_kl(&affinities, start.as_flattened(), D, freedom_of_kl);
    assert!((cost - exact).abs() < 1e-5 * exact, "{cost} {exact}");
    let moved: Vec<f64> =
        descent.layout.as_flattened().iter().zip(start.as_flattened()).map(|(a, b)| f64::from(a - b)).collect();
    let center: Vec<f64> =
        (0..D).map(|axis| start.iter().map(|place| f64::from(place[axis])).sum::<f64>() / 40.0).collect();
    for coordinate in 0..40 * D {
        let cost_at = |offset: f32| {
            let mut layout = start.as_flattened().to_vec();
            layout[coordinate] += offset;
            (exact_kl(&pulling, &layout, D, freedom_of_kl), f64::from(layout[coordinate]))
        };
        let ((above, x), (below, y)) = (cost_at(1e-2), cost_at(-1e-2));
        let slope = (above - below) / (x - y);
        // From rest each gain rises. The gradients sum to 0, so that the center is where it was,
        // and is taken out.
        let step = moved[coordinate] + center[coordinate % D];
        assert!((step + 1.2 * slope / factor).abs() < 2e-5, "{D}D {coordinate}, {freedom}: {step} {slope}");
    }
}

#[test]
fn steps_follow_the_gradient_of_finite_differences() {
    for (evenness, freedom) in [(0.0, 1.0), (0.7, 1.0), (0.0, 2.0), (0.0, 0.5), (0.0, 3.0), (0.0, 10.0)] {
        check_gradient::<2>(evenness, freedom);
        check_gradient::<3>(evenness, freedom);
    }
}

/// Relative errors (of the forces, by the root of the mean square; of Z) of Barnes-Hut.
fn errors<const D: usize>(theta: f32, scale: f32, freedom: f32) -> (f64, f64) {
    let layout = places::<D>(super::repulsion::EXACT + 1500, scale);
    let [mut exact, mut found] = [0.0, theta].map(|theta| Repulsion::<D>::new(layout.len(), theta, freedom));
    exact.update(&layout);
    found.update(&layout);
    let (mut wrong, mut all) = (0.0, 0.0);
    for (found, exact) in found.forces.iter().flatten().zip(exact.forces.iter().flatten()) {
        wrong += f64::from(found - exact).powi(2);
        all += f64::from(*exact).powi(2);
    }
    ((wrong / all).sqrt(), (found.z / exact.z - 1.0).abs())
}

#[test]
fn barnes_hut_error_grows_with_theta() {
    for scale in [0.01, 1.0, 20.0] {
        for (theta, freedom) in [(0.25, 1.0), (0.5, 1.0), (1.0, 1.0), (0.25, 2.0), (0.5, 2.0), (0.5, 0.5)] {
            for (force, z) in [errors::<2>(theta, scale, freedom), errors::<3>(theta, scale, freedom)] {
                let (bound, power) = (f64::from(theta).powi(2), f64::midpoint(f64::from(freedom), 1.0));
                let is_close = force < bound && z < 0.1 * power * bound;
                assert!(is_close, "theta {theta}, scale {scale}, {freedom}: {force:.5} {z:.5}");
            }
        }
        let (force, z) = errors::<3>(1e-4, scale, 1.0);
        assert!(force < 1e-5 && z < 1e-5, "all pairs: {force} {z}");
    }
}

#[test]
fn pairs_are_summed_as_in_f64() {
    for freedom in [0.5, 1.0, 1.5, 2.0, 3.0] {
        check_sums(freedom);
    }
}

/// The sums of (v + d²)^(-(v + 1) / 2 - 1) (y - y_j) and of (v + d²)^(-(v + 1) / 2).
fn check_sums(freedom: f32) {
    let layout = places::<3>(150, 3.0);
    let mut repulsion = Repulsion::new(150, 0.5, freedom);
    repulsion.update(&layout);
    let (freedom, mut z) = (f64::from(freedom), 0.0);
    for (point, one) in layout.iter().enumerate() {
        let mut force = [0.0; 3];
        for (_, other) in layout.iter().enumerate().filter(|&(other, _)| other != point) {
            let apart: [f64; 3] = std::array::from_fn(|axis| f64::from(one[axis]) - f64::from(other[axis]));
            let u = 1.0 / (freedom + apart.iter().map(|x| x * x).sum::<f64>());
            let q = u.powf(f64::midpoint(freedom, 1.0));
            z += q;
            (0..3).for_each(|axis| force[axis] += q * u * apart[axis]);
        }
        assert!((0..3).all(|axis| (force[axis] - f64::from(repulsion.forces[point][axis])).abs() < 1e-3));
    }
    assert!((repulsion.z / z - 1.0).abs() < 1e-6);
}

/// The share of points whose nearest other in the layout is of their cluster.
fn purity(layout: &[f32], dims: usize, clusters: usize) -> f64 {
    let places: Vec<&[f32]> = layout.chunks_exact(dims).collect();
    let sample: Vec<usize> = (0..places.len()).step_by(places.len() / 100).collect();
    let pure = sample.iter().filter(|&&point| {
        let distance =
            |other: usize| places[point].iter().zip(places[other]).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let nearest =
            (0..places.len()).filter(|&other| other != point).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        nearest.is_some_and(|nearest| nearest % clusters == point % clusters)
    });
    pure.count() as f64 / sample.len() as f64
}

#[test]
fn separated_gaussians_stay_separated() {
    for points in [300, 2400] {
        let graph = graph(&gaussians(points, 6), 30);
        for dims in [2, 3] {
            let mut tsne = Tsne::new(&graph, &Layout::default(), config(dims, 10.0, 300)).unwrap();
            tsne.step().unwrap();
            let first = tsne.kl().unwrap();
            while !tsne.is_finished() {
                tsne.step().unwrap();
            }
            let exact = exact_kl(tsne.affinities(), tsne.layout(), dims, 1.0);
            assert!(exact < 0.6 * first, "{points} in {dims}D: {first} {exact}");
            assert!((tsne.kl().unwrap() / exact - 1.0).abs() < 0.02, "{:?} {exact}", tsne.kl());
            assert_eq!(purity(tsne.layout(), dims, 6), 1.0, "{points} in {dims}D");
        }
    }
}

#[test]
fn tsne_does_not_depend_on_the_number_of_threads() {
    let graph = graph(&gaussians(2300, 5), 15);
    for dims in [2, 3] {
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut tsne = finished(&graph, TsneConfig { exaggerated_iterations: 10, ..config(dims, 5.0, 25) });
                tsne.perturb(0.1).unwrap();
                tsne.extend(5);
                while !tsne.is_finished() {
                    tsne.step().unwrap();
                }
                (tsne.layout().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), tsne.kl().map(f64::to_bits))
            })
        });
        assert!(one == two, "{dims}D");
        let other = finished(&graph, TsneConfig { seed: 1, exaggerated_iterations: 10, ..config(dims, 5.0, 25) });
        assert!(other.layout().iter().zip(&one.0).any(|(a, b)| a.to_bits() != *b), "seeds differ");
    }
}

/// The share of labeled points whose nearest labeled other in the plane has their label.
fn agreement(layout: &[f32], labels: &[Option<u32>]) -> f64 {
    let places: Vec<&[f32]> = layout.chunks_exact(2).collect();
    let labeled: Vec<usize> = (0..labels.len()).filter(|&point| labels[point].is_some()).collect();
    let agree = labeled.iter().filter(|&&point| {
        let distance = |other: usize| (places[point][0] - places[other][0]).hypot(places[point][1] - places[other][1]);
        let others = labeled.iter().copied().filter(|&other| other != point);
        let nearest = others.min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        nearest.is_some_and(|nearest| labels[nearest] == labels[point])
    });
    agree.count() as f64 / labeled.len() as f64
}

#[test]
fn supervision_pulls_labels_together() {
    let graph = graph(&gaussians(240, 1), 30);
    let labels: Vec<Option<u32>> = (0..240).map(|i| (i % 4 != 3).then_some(i % 4)).collect();
    let [without, some, full] = [0.0, 0.3, 1.0].map(|strength| {
        let mut tsne = Tsne::new(&graph, &Layout::default(), config(2, 10.0, 500)).unwrap();
        tsne.supervise(&labels, strength).unwrap();
        while !tsne.is_finished() {
            tsne.step().unwrap();
        }
        assert!(tsne.kl().unwrap().is_finite());
        agreement(tsne.layout(), &labels)
    });
    assert!(some > without && full > without + 0.3, "{without} {some} {full}");
}

#[test]
fn supervised_affinities_follow_label_counts() {
    let everyone = (0..4_u32).flat_map(|i| (0..4).filter(move |&j| j != i)).collect();
    let square = NeighborGraph::from_lists((0..4).collect(), 3, everyone, vec![1.0; 12]);
    let affinities = Affinities::new(&square, 1.5).unwrap();
    let supervised = affinities.supervised(&[Some(5), Some(5), Some(9), None], 0.2);
    // Factors: 1 + 0.2 * 4 / 2 within 5; across 1 - 0.2 * 4 / 1 for those of 5 and 1 - 0.2 * 4 / 2
    // for 9, on average; else 1.
    let factors = [("0 1", 1.4), ("0 2", 0.4), ("1 2", 0.4), ("0 3", 1.0), ("1 3", 1.0), ("2 3", 1.0)];
    let sum: f32 = 2.0 * factors.iter().map(|(_, factor)| factor).sum::<f32>();
    for (pair, factor) in factors {
        let (one, other) =
            pair.split_once(' ').map(|(a, b)| (a.parse::<usize>().unwrap(), b.parse::<u32>().unwrap())).unwrap();
        let (columns, values) = supervised.of(one);
        let found = values[columns.binary_search(&other).unwrap()];
        assert!((found - factor / sum).abs() < 1e-6, "{pair}: {found} {}", factor / sum);
    }
}

#[test]
fn degenerate_input_gives_a_finite_layout() {
    let duplicates = |points: usize| vec![[1.0_f32; 8]; points];
    let mut half = gaussians(3000, 1);
    half[..2000].fill([0.5; 8]);
    let outlier = {
        let mut v = gaussians(60, 1);
        v[7] = [1e18; 8];
        v
    };
    let mut cases: Vec<(String, Vec<[f32; 8]>, f32)> =
        (1..=10).map(|n| (format!("{n} points"), gaussians(n, 2), 30.0)).collect();
    cases.extend((1..=10).map(|n| (format!("{n} equal points"), duplicates(n), 30.0)));
    cases.push(("equal points".into(), duplicates(200), 10.0));
    cases.push(("thousands of equal points".into(), duplicates(2500), 5.0));
    cases.push(("2000 equal of 3000".into(), half, 5.0));
    cases.push(("an outlier".into(), outlier, 10.0));
    cases.push(("perplexity 1".into(), gaussians(50, 2), 1.0));
    for (name, vectors, perplexity) in cases {
        let perplexity = perplexity.min(largest_perplexity(vectors.len()));
        let graph = graph(&vectors, neighbors_for(perplexity, vectors.len()));
        for (dims, learning_rate) in [(2, None), (3, None), (3, Some(1e9))] {
            let tsne = finished(
                &graph,
                TsneConfig { learning_rate, exaggerated_iterations: 20, ..config(dims, perplexity, 60) },
            );
            assert_eq!(tsne.layout().len(), vectors.len() * dims, "{name}");
            assert!(tsne.kl().is_none_or(f64::is_finite), "{name}");
        }
    }
}

#[test]
fn invalid_input_is_refused() {
    let (none, some) = (graph::<8>(&[], 5), graph(&gaussians(30, 2), 9));
    let small = TsneConfig { perplexity: Some(3.0), ..TsneConfig::recommended() };
    let start = Layout::from(ndarray::Array2::zeros((5, 2)));
    let fails = |graph, start: &Layout, config| Tsne::new(graph, start, config).unwrap_err().to_string();
    assert_eq!(
        fails(&none, &Layout::default(), small.clone()),
        "there is no row to project. Open vectors that have rows"
    );
    let text = fails(&some, &Layout::default(), TsneConfig { perplexity: Some(9.0), ..small.clone() });
    assert_eq!(text, "the perplexity needs 27 neighbors per row, and the graph has 9. Make a graph of 27 neighbors");
    let text = fails(&some, &Layout::default(), TsneConfig { perplexity: Some(12.0), ..small.clone() });
    assert_eq!(text, "a perplexity of 12 is too large for 30 rows; the largest possible is 9.6. Choose 9.6 or less");
    let text = fails(&some, &start, small.clone());
    assert_eq!(text, "there are 5 places to start from for 30 points. Give one for each point");
    let mut tsne = Tsne::new(&some, &Layout::default(), small).unwrap();
    assert!(tsne.supervise(&[None; 3], 0.5).is_err() && tsne.supervise(&[None; 30], 2.0).is_err());
    assert!(tsne.perturb(f32::NAN).is_err() && tsne.set_learning_rate(Some(-1.0)).is_err());
}
