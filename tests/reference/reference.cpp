#include "tests/reference/reference.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <xxhash.h>

namespace reference {

namespace {

bool is_neurons(const Population& p) {
    return p.kind == "neurons";
}

template <class Real>
Real positive_zero(Real x) {
    return x == 0 ? Real(0) : x;
}

template <class Bytes>
void append(std::vector<unsigned char>& bytes, const Bytes& value) {
    unsigned char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes.insert(bytes.end(), raw, raw + sizeof value);
}

}  // namespace

template <class Real>
Real power(Real b, Tick n) {
    double y = 1.0;
    for (double s = b; n > 0; n /= 2, s = s * s) {
        if (n % 2 == 1) {
            y = y * s;
        }
    }
    return static_cast<Real>(y);
}

std::array<unsigned char, 16> hash(const void* data, std::size_t bytes) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, bytes));
    return std::bit_cast<std::array<unsigned char, 16>>(canonical);
}

std::array<unsigned char, 16> nested(const std::vector<std::array<unsigned char, 16>>& digests) {
    return hash(digests.data(), 16 * digests.size());
}

std::string hex(const std::array<unsigned char, 16>& digest) {
    std::string text;
    for (const unsigned byte : digest) {
        text += "0123456789abcdef"[byte / 16];
        text += "0123456789abcdef"[byte % 16];
    }
    return text;
}

template <class Real>
Simulation<Real>::Simulation(const Network& network, bool every_block_every_tick, bool step_leaps)
    : network_(network), every_tick_(every_block_every_tick) {
    for (Population& p : network_.populations) {
        if (step_leaps && p.clock == "leaps") {
            p.clock = "stepped";
        }
    }
}

template <class Real>
void Simulation<Real>::start(bool carry) {
    const Network& n = network_;
    const auto T = static_cast<std::size_t>(n.T);
    run_ = {};
    run_.populations.resize(n.populations.size());
    run_.projections.assign(n.projections.size(), std::vector<Cost>(T));
    sent_.assign(n.projections.size(), std::vector<Packet>(T));
    held_.assign(n.populations.size(), {});
    for (PopulationRun<Real>& run : run_.populations) {
        run.fired.resize(T);
    }
    if (carry) {
        for (Neurons& s : neurons_) {
            for (Tick& free : s.free) {
                free -= n.T;
            }
            for (Tick& last : s.last) {
                last -= n.T;
            }
        }
        sum_drives();
        return;
    }
    neurons_.assign(n.populations.size(), {});
    pools_.assign(n.populations.size(), {});
    filter_.assign(n.projections.size(), {});
    for (std::size_t P = 0; P < n.populations.size(); ++P) {
        const Population& p = n.populations[P];
        Neurons& s = neurons_[P];
        s.v.assign(p.v_init.begin(), p.v_init.end());
        s.q.assign(p.size(), 0);
        s.i.assign(p.size(), std::vector<Real>(p.receptors.size(), 0));
        s.i2 = s.drive_before = s.i;
        s.r.assign(p.size(), 0);
        s.fired.assign(p.size(), 0);
        s.free.assign(p.size(), -1);  // never at a tick: nothing leaves a refractory period at 0
        s.last.assign(p.size(), -1);
    }
    for (std::size_t k = 0; k < n.projections.size(); ++k) {
        const std::size_t sources = n.populations[n.projections[k].source].size();
        filter_[k].assign(sources, 0);
        if (n.projections[k].max_pool) {
            pools_[n.projections[k].target].c.assign(sources, 0);
            pools_[n.projections[k].target].M.assign(n.projections[k].windows.size(), 0);
        }
    }
    filter_before_ = filter_;
    sum_drives();
    for (Neurons& s : neurons_) {
        s.drive_before = s.drive;
    }
}

template <class Real>
Run<Real> Simulation<Real>::run(const std::map<std::size_t, Input>& inputs, bool carry, Tick cut) {
    start(carry);
    run_.ticks = cut < 0 ? network_.T : cut + 1;
    for (Tick t = 0; t < run_.ticks; ++t) {
        packets_.assign(network_.populations.size(), {});
        for (const auto& [P, input] : inputs) {
            encode(P, input, t);
        }
        for (const std::size_t P : network_.order) {
            if (network_.populations[P].kind == "max_pool") {
                run_max_pool(P, t);
            }
            if (is_neurons(network_.populations[P])) {
                run_neurons(P, t);
            }
            take_out(P, t);
            send(P, t);
            record(P, t);
        }
    }
    finish();
    return run_;
}

template <class Real>
bool Simulation<Real>::masked(std::size_t P, std::size_t index, Tick t) const {
    for (const Mask& mask : masks_) {
        if (mask.population == P && (mask.index < 0 || std::size_t(mask.index) == index) &&
            (mask.tick < 0 || mask.tick == t)) {
            return true;
        }
    }
    return false;
}

// What P fired at t loses what is masked.
template <class Real>
void Simulation<Real>::take_out(std::size_t P, Tick t) {
    const Population& p = network_.populations[P];
    for (std::size_t j = 0; !masks_.empty() && j < p.size(); ++j) {
        if (masked(P, j, t)) {
            packets_[P].erase(p.slot_of[j]);
        }
    }
}

template <class Real>
void Simulation<Real>::encode(std::size_t P, const Input& input, Tick t) {
    for (const Event& e : input.events) {
        if (e.tick == t) {
            packets_[P][network_.populations[P].slot_of[e.index]] += e.payload;
        }
    }
    for (const Held& held : input.held) {
        if (held.tick == t) {
            hold(P, held.values, t);
        }
    }
}

template <class Real>
void Simulation<Real>::hold(std::size_t P, const std::vector<float>& values, Tick t) {
    held_[P].resize(values.size());
    for (std::size_t j = 0; j < values.size(); ++j) {
        held_[P][network_.populations[P].slot_of[j]] = masked(P, j, t) ? 0 : values[j];
    }
    sum_drives();
    for (std::size_t k = 0; k < network_.projections.size(); ++k) {
        const Projection& p = network_.projections[k];
        for (std::size_t s = 0; p.source == P && !p.identity && s < values.size(); ++s) {
            if (held_[P][s] == 0) {
                continue;
            }
            for (const Synapse& y : p.rows[s]) {
                Cost& cost = run_.projections[k][static_cast<std::size_t>(t)];
                ++cost.held_macs;
                cost.effective_held_macs += y.weight != 0 ? 1 : 0;
            }
        }
    }
}

// The bias, then weight * value in ascending (projection, slot). A value of 0 is not held.
template <class Real>
void Simulation<Real>::sum_drives() {
    for (std::size_t P = 0; P < neurons_.size(); ++P) {
        const Population& p = network_.populations[P];
        neurons_[P].drive.assign(p.size(), std::vector<Real>(p.receptors.size()));
        for (std::size_t j = 0; j < p.size(); ++j) {
            for (std::size_t k = 0; k < p.receptors.size(); ++k) {
                neurons_[P].drive[j][k] = p.receptors[k].bias[j];
            }
        }
    }
    for (const Projection& p : network_.projections) {
        const std::vector<float>& values = held_[p.source];
        for (std::size_t s = 0; s < values.size(); ++s) {
            if (values[s] == 0) {
                continue;
            }
            for (const Synapse& y : p.rows[s]) {
                Real& drive = neurons_[p.target].drive[y.target][p.receptor];
                drive = drive + Real(y.weight) * Real(values[s]);
            }
        }
    }
}

// What P fired at t, behind each projection's filter and pool.
template <class Real>
void Simulation<Real>::send(std::size_t P, Tick t) {
    for (std::size_t k = 0; k < network_.projections.size(); ++k) {
        const Projection& p = network_.projections[k];
        if (p.source != P) {
            continue;
        }
        Packet packet = packets_[P];
        if (p.filter) {
            filter(k, packet);
        }
        if (t + p.delay < run_.ticks) {
            Cost& cost = run_.projections[k][static_cast<std::size_t>(t + p.delay)];
            for (const auto& [slot, payload] : packet) {
                count(k, slot, payload, cost);
            }
        }
        Packet& sent = sent_[k][static_cast<std::size_t>(t)];
        if (!p.pooled) {
            sent = packet;
        }
        for (std::size_t w = 0; p.pooled && w < p.windows.size(); ++w) {
            for (const std::size_t s : p.windows[w]) {
                if (packet.count(s) != 0) {
                    sent[w] = sent[w] + packet[s];
                }
            }
            if (sent.count(w) != 0) {
                sent[w] = sent[w] * p.pool_factor;
            }
        }
    }
}

template <class Real>
void Simulation<Real>::filter(std::size_t k, Packet& packet) {
    const SecondOrder& f = *network_.projections[k].filter;
    Packet filtered;
    for (std::size_t s = 0; s < filter_[k].size(); ++s) {
        const Real x = packet.count(s) != 0 ? packet[s] : 0.0F;
        const Real old = filter_[k][s];
        filter_[k][s] = (Real(f.a1) * old + Real(f.a2) * filter_before_[k][s]) + Real(f.b) * x;
        filter_before_[k][s] = old;
        const auto payload = static_cast<float>(filter_[k][s]);
        if (payload != 0) {
            filtered[s] = payload;
        }
    }
    packet = filtered;
}

// Synapse by synapse.
template <class Real>
void Simulation<Real>::count(std::size_t k, std::size_t slot, float payload, Cost& cost) const {
    const Projection& p = network_.projections[k];
    const bool counts = network_.populations[p.source].payload_counts;
    const bool graded = p.filter || (!counts && payload != 1);
    const auto n = counts && !graded ? static_cast<std::uint64_t>(payload) : std::uint64_t{1};
    std::uint64_t& synaptic = graded ? cost.graded_macs : cost.acs;
    std::uint64_t& effective = graded ? cost.effective_graded_macs : cost.effective_acs;
    if (p.pooled) {
        cost.pool_operations += n;
    }
    for (std::size_t row = 0; row < p.rows.size(); ++row) {
        const bool falls_in =
            p.pooled ? std::count(p.windows[row].begin(), p.windows[row].end(), slot) != 0
                     : row == slot;
        if (!falls_in || p.identity) {
            continue;
        }
        for (const Synapse& y : p.rows[row]) {
            synaptic += n;
            effective += y.weight != 0 ? n : 0;
        }
    }
}

template <class Real>
void Simulation<Real>::run_max_pool(std::size_t P, Tick t) {
    for (std::size_t k = 0; k < network_.projections.size(); ++k) {
        const Projection& p = network_.projections[k];
        if (p.target != P || t < p.delay) {
            continue;
        }
        const Packet& packet = sent_[k][static_cast<std::size_t>(t - p.delay)];
        MaxPool& pool = pools_[P];
        for (const auto& [slot, payload] : packet) {
            pool.c[slot] = pool.c[slot] + payload;
        }
        for (std::size_t w = 0; w < p.windows.size(); ++w) {
            const std::vector<std::size_t>& members = p.windows[w];
            float emitted = 0;
            if (network_.populations[P].by_count) {
                float M = pool.c[members[0]];
                for (const std::size_t s : members) {
                    M = std::max(M, pool.c[s]);
                }
                emitted = M - pool.M[w];
                pool.M[w] = M;
                if (emitted > 0) {
                    packets_[P][w] = emitted;
                }
                continue;
            }
            // Behind a filter each source has a value at each tick, zeros too, but no zero is sent.
            bool any = false;
            for (const std::size_t s : members) {
                if (packet.count(s) == 0 && !p.filter) {
                    continue;
                }
                const float value = packet.count(s) != 0 ? packet.at(s) : 0.0F;
                emitted = any ? std::max(emitted, value) : value;
                any = true;
            }
            if (any && !(p.filter && emitted == 0)) {
                packets_[P][w] = emitted;
            }
        }
    }
}

template <class Real>
void Simulation<Real>::record(std::size_t P, Tick t) {
    const Population& p = network_.populations[P];
    const Neurons& s = neurons_[P];
    PopulationRun<Real>& run = run_.populations[P];
    std::map<std::uint32_t, float> by_index;
    for (const auto& [slot, payload] : packets_[P]) {
        by_index[static_cast<std::uint32_t>(p.index_of[slot])] = payload;
        Fired& fired = run.fired[static_cast<std::size_t>(t)];
        if (p.payload_counts) {
            fired.spikes += static_cast<std::uint64_t>(payload);
        } else {
            ++(payload == 1 ? fired.spikes : fired.graded_events);
        }
        append(run.stream_bytes, static_cast<std::uint64_t>(t));
        append(run.stream_bytes, static_cast<std::uint32_t>(slot));
        append(run.stream_bytes, payload);
    }
    for (const auto& [index, payload] : by_index) {
        run.events.push_back({t, index, payload});
    }
    if (!is_neurons(p)) {
        return;
    }
    run.v.emplace_back();
    run.i.resize(p.receptors.size());
    for (std::vector<std::vector<Real>>& i : run.i) {
        i.emplace_back();
    }
    for (const std::size_t j : p.slot_of) {
        Real v = s.v[j];
        std::vector<Real> i = s.i[j];
        const Tick n = t - s.last[j];
        if (p.clock == "lazy" && n > 0) {
            v = leak(power(Real(p.beta[j]), n), v, Real(p.v_rest[j]));
            if (p.floor && v < Real(*p.floor)) {
                v = Real(*p.floor);
            }
        }
        if (p.clock == "leaps") {
            move(P, j, t, s.drive_before[j], t < s.free[j], v, i);
        }
        run.v.back().push_back(positive_zero(v));
        for (std::size_t k = 0; k < i.size(); ++k) {
            run.i[k].back().push_back(positive_zero(i[k]));
        }
    }
}

template <class Real>
ReadoutRun Simulation<Real>::read(const Readout& readout) const {
    const PopulationRun<Real>& run = run_.populations[readout.population];
    const std::size_t size = network_.populations[readout.population].size();
    const bool of_spikes = readout.kind == "spike_count" || readout.kind == "first_spike";
    const bool first = readout.kind == "first_spike";
    ReadoutRun result;
    result.undecided = of_spikes && run.events.empty();
    result.values.assign(size, first ? static_cast<float>(network_.T) : 0.0F);
    for (auto e = run.events.rbegin(); e != run.events.rend(); ++e) {
        if (first) {
            result.values[e->index] = static_cast<float>(e->tick);
        }
        if (readout.kind == "spike_count") {
            result.values[e->index] += e->payload;
        }
    }
    for (std::size_t j = 0; j < size && !of_spikes; ++j) {
        Real sum = 0;
        for (const std::vector<Real>& v : run.v) {
            sum = sum + v[j];
        }
        result.values[j] = static_cast<float>(readout.kind == "membrane" ? run.v.back()[j]
                                                                         : sum / Real(run_.ticks));
    }
    std::size_t best = 0;
    for (std::size_t j = 0; j < size; ++j) {
        if (readout.logit) {
            result.values[j] = result.values[j] / readout.logit_T;
        }
        if (!readout.logit_bias.empty()) {
            result.values[j] += readout.logit_bias[j];
        }
        const float lead =
            first ? result.values[best] - result.values[j] : result.values[j] - result.values[best];
        const bool closer =
            of_spikes && readout.ties_by_membrane && run.v.back()[j] > run.v.back()[best];
        if (lead > 0 || (lead == 0 && closer)) {
            best = j;
        }
    }
    result.prediction = static_cast<std::uint32_t>(best);
    result.tied = std::count(result.values.begin(), result.values.end(), result.values[best]) > 1;
    return result;
}

template <class Real>
void Simulation<Real>::finish() {
    std::vector<unsigned char> bytes;
    for (std::size_t P = 0; P < neurons_.size(); ++P) {
        const Population& p = network_.populations[P];
        PopulationRun<Real>& run = run_.populations[P];
        const auto digest = hash(run.stream_bytes.data(), run.stream_bytes.size());
        run.stream = hex(digest);
        append(bytes, digest);
        run.i2.resize(p.receptors.size());
        for (const std::size_t j : p.slot_of) {
            run.v_stored.push_back(neurons_[P].v[j]);
            run.q.push_back(neurons_[P].q[j]);
            run.last.push_back(neurons_[P].last[j]);
            for (std::size_t k = 0; k < run.i2.size(); ++k) {
                run.i2[k].push_back(neurons_[P].i2[j][k]);
            }
        }
    }
    for (const Readout& readout : network_.readouts) {
        run_.readouts.push_back(read(readout));
        append(bytes, run_.readouts.back().prediction);
        for (const float value : run_.readouts.back().values) {
            append(bytes, positive_zero(value));
        }
    }
    run_.digest = hash(bytes.data(), bytes.size());
}

template float power<float>(float, Tick);
template double power<double>(double, Tick);
template class Simulation<float>;
template class Simulation<double>;

}  // namespace reference
