//! Which devices a trial sees.

use crate::op::Operation;

/// The devices that a batch may use, dealt out to those of its trials that run at the same time.
#[derive(Debug, Default)]
pub struct Devices {
    shares: Vec<String>,
}

impl Devices {
    /// Deals out the devices that the user named (`--gpus 0,1`) to `jobs` trials at a time. With
    /// fewer devices than jobs, several trials have the same one. Nothing is dealt out where there
    /// are not several of both.
    pub fn new(devices: &[String], jobs: usize) -> Devices {
        if jobs < 2 || devices.len() < 2 {
            return Devices::default();
        }
        let parts = jobs.min(devices.len());
        let share = |part: usize| {
            let (from, to) = (part * devices.len() / parts, (part + 1) * devices.len() / parts);
            devices[from..to].join(",")
        };
        Devices { shares: (0..parts).map(share).collect() }
    }

    /// Has the trial that runs in `slot` see its devices only.
    pub fn assign(&self, slot: usize, operation: &mut Operation) {
        if !self.shares.is_empty() {
            let share = self.shares[slot % self.shares.len()].clone();
            operation.env.insert(crate::op::VISIBLE_GPUS.into(), share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(devices: &str, jobs: usize) -> Vec<String> {
        let devices: Vec<_> = devices.split(',').map(str::to_string).collect();
        Devices::new(&devices, jobs).shares
    }

    #[test]
    fn each_slot_has_its_devices() {
        assert_eq!(shares("0,1,2,3", 4), ["0", "1", "2", "3"]);
        assert_eq!(shares("0,1,2,3", 2), ["0,1", "2,3"]);
        assert_eq!(shares("0,1,2", 2), ["0", "1,2"]);
        assert_eq!(shares("0,1", 5), ["0", "1"]);
        assert!(shares("0,1", 1).is_empty() && shares("0", 4).is_empty());
        let mut operation = Operation::default();
        let devices = Devices::new(&["a".to_string(), "b".to_string()], 3);
        devices.assign(2, &mut operation);
        assert_eq!(operation.env["CUDA_VISIBLE_DEVICES"], "a");
    }
}
