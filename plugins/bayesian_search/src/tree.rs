//! Regression trees.

use fastrand::Rng;
use guild_search_space::Point;

/// How a tree is grown.
pub struct Growth<'a> {
    /// Where the values are.
    pub points: &'a [Point],
    /// What there is to be told apart.
    pub values: &'a [f64],
    /// Which numbers of a point stand for choices.
    pub choices: &'a [bool],
    /// How many points are in a leaf at least.
    pub least: usize,
    /// How many times points are parted at most.
    pub depth: usize,
    /// Whether points are parted at random places, of which the best is taken, one for each flag;
    /// else at the best of all places.
    pub random: bool,
}

/// A tree whose leaves hold `L`.
pub enum Tree<L> {
    /// The end.
    Leaf(L),
    /// Two ways on.
    Fork {
        /// Which way.
        cut: Cut,
        /// By how much the squares of the values about their means became less.
        gain: f64,
        /// The way of the points that the cut holds.
        within: Box<Tree<L>>,
        /// That of the others.
        beyond: Box<Tree<L>>,
    },
}

/// What parts points: the number of one flag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    dim: usize,
    at: f64,
    /// Whether it holds points that are exactly there; else those up to there.
    exact: bool,
}

impl Cut {
    fn holds(self, point: &[f64]) -> bool {
        if self.exact { point[self.dim] == self.at } else { point[self.dim] <= self.at }
    }
}

impl<L> Tree<L> {
    /// Grows a tree over the points `of`; `leaf` makes a leaf of some of them.
    pub fn grow(
        growth: &Growth,
        of: &[usize],
        chance: &mut Rng,
        leaf: &impl Fn(&[usize]) -> L,
    ) -> Tree<L> {
        Tree::grow_at(growth, of, growth.depth, chance, leaf)
    }

    fn grow_at(
        growth: &Growth,
        of: &[usize],
        depth: usize,
        chance: &mut Rng,
        leaf: &impl Fn(&[usize]) -> L,
    ) -> Tree<L> {
        let cut = if depth == 0 || of.len() < 2 * growth.least {
            None
        } else {
            (0..growth.choices.len())
                .filter_map(|dim| growth.best_cut(of, dim, chance))
                .min_by(|(a, _), (b, _)| a.total_cmp(b))
        };
        let Some((rest, cut)) = cut else { return Tree::Leaf(leaf(of)) };
        let total: f64 = of.iter().map(|i| growth.values[*i]).sum();
        let gain = (-rest - total * total / of.len() as f64).max(0.0);
        let (within, beyond): (Vec<usize>, Vec<usize>) =
            of.iter().partition(|i| cut.holds(&growth.points[**i]));
        let mut grow = |of: &[usize]| Box::new(Tree::grow_at(growth, of, depth - 1, chance, leaf));
        Tree::Fork { cut, gain, within: grow(&within), beyond: grow(&beyond) }
    }

    /// The leaf of a point.
    pub fn leaf(&self, point: &[f64]) -> &L {
        self.leaf_noting(point, |_, _| ())
    }

    /// The leaf of a point; `fork` is told of each fork on the way there: which flag it goes by, and
    /// what was gained by it.
    pub fn leaf_noting(&self, point: &[f64], mut fork: impl FnMut(usize, f64)) -> &L {
        let mut tree = self;
        loop {
            match tree {
                Tree::Leaf(leaf) => return leaf,
                Tree::Fork { cut, gain, within, beyond } => {
                    fork(cut.dim, *gain);
                    tree = if cut.holds(point) { within } else { beyond };
                }
            }
        }
    }
}

impl Growth<'_> {
    /// A place to part points along `dim`, and how bad it is: what squares are left.
    fn best_cut(&self, of: &[usize], dim: usize, chance: &mut Rng) -> Option<(f64, Cut)> {
        let mut sorted = of.to_vec();
        sorted.sort_by(|a, b| self.points[*a][dim].total_cmp(&self.points[*b][dim]));
        let at = |i: usize| self.points[sorted[i]][dim];
        let (first, last) = (at(0), at(sorted.len() - 1));
        if first == last {
            return None;
        }
        let exact = self.choices[dim];
        if self.random {
            let at = match exact {
                true => at(chance.usize(0..sorted.len())),
                false => first + (last - first) * chance.f64(),
            };
            let cut = Cut { dim, at, exact };
            return Some((self.rest(of, cut)?, cut));
        }
        if exact {
            let mut all: Vec<f64> = sorted.iter().map(|i| self.points[*i][dim]).collect();
            all.dedup();
            let cuts = all.into_iter().map(|at| Cut { dim, at, exact });
            return cuts
                .filter_map(|cut| Some((self.rest(of, cut)?, cut)))
                .min_by(|(a, _), (b, _)| a.total_cmp(b));
        }
        let total: f64 = of.iter().map(|i| self.values[*i]).sum();
        let (mut below, mut best) = (0.0, None);
        for i in 0..sorted.len() - 1 {
            below += self.values[sorted[i]];
            let (many, others) = (i + 1, sorted.len() - i - 1);
            if at(i) == at(i + 1) || many < self.least || others < self.least {
                continue;
            }
            let above = total - below;
            let rest = -(below * below / many as f64 + above * above / others as f64);
            if best.is_none_or(|(least, _)| rest < least) {
                best = Some((rest, Cut { dim, at: at(i) / 2.0 + at(i + 1) / 2.0, exact }));
            }
        }
        best
    }

    /// What squares a cut leaves, less those of all values, which are the same for every cut.
    fn rest(&self, of: &[usize], cut: Cut) -> Option<f64> {
        let (mut sums, mut counts) = ([0.0; 2], [0_usize; 2]);
        for i in of {
            let side = usize::from(cut.holds(&self.points[*i]));
            sums[side] += self.values[*i];
            counts[side] += 1;
        }
        let enough = counts.iter().all(|count| *count >= self.least);
        enough.then(|| -(0..2).map(|i| sums[i] * sums[i] / counts[i] as f64).sum::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mean;

    #[test]
    fn steps_and_choices_are_found() {
        let points: Vec<Point> =
            (0..60).map(|i| vec![f64::from(i) / 60.0, f64::from(i % 3)]).collect();
        let of =
            |p: &[f64]| if p[0] > 0.5 { 3.0 } else { 0.0 } + if p[1] == 1.0 { 10.0 } else { 0.0 };
        let values: Vec<f64> = points.iter().map(|p| of(p)).collect();
        for random in [false, true] {
            let growth = Growth {
                points: &points,
                values: &values,
                choices: &[false, true],
                least: 1,
                depth: 20,
                random,
            };
            let mut chance = Rng::with_seed(1);
            let leaf = |of: &[usize]| mean(&of.iter().map(|i| values[*i]).collect::<Vec<_>>());
            let tree = Tree::grow(&growth, &Vec::from_iter(0..60), &mut chance, &leaf);
            for point in &points {
                assert_eq!(*tree.leaf(point), of(point));
            }
            let Tree::Fork { cut, .. } = tree else { panic!("a leaf") };
            assert!(random || cut == Cut { dim: 1, at: 1.0, exact: true }, "{cut:?}");
        }
    }

    #[test]
    fn what_cannot_be_parted_is_a_leaf() {
        let points = vec![vec![0.5]; 9];
        let values: Vec<f64> = (0..9).map(f64::from).collect();
        for (points, least) in [(points, 1), (values.iter().map(|v| vec![*v]).collect(), 5)] {
            let growth = Growth {
                points: &points,
                values: &values,
                choices: &[false],
                least,
                depth: 9,
                random: true,
            };
            let tree = Tree::grow(
                &growth,
                &Vec::from_iter(0..9),
                &mut Rng::with_seed(1),
                &|of: &[usize]| of.len(),
            );
            assert_eq!(*tree.leaf(&[0.1]), 9);
        }
    }
}
