#include "models/trace/series_recorder.hpp"

#include <algorithm>

namespace saltus {

SeriesRecorder::SeriesRecorder(const TraceHeader& header, SampleRecorder& recorder)
    : header_(header), recorder_(recorder) {
    for (const TraceSeries& series : header.series) {
        reads_out_ = reads_out_ || series.kind == TraceSeries::Kind::readout;
        const bool known =
            std::find(membranes_.begin(), membranes_.end(), series.population) != membranes_.end();
        if (series.kind == TraceSeries::Kind::membrane && !known) {
            membranes_.push_back(series.population);
        }
    }
}

void SeriesRecorder::after_tick(Tick tick, Simulator& simulator) {
    for (const PopulationId population : membranes_) {
        const std::vector<float> membrane = simulator.membrane(population);
        for (std::size_t k = 0; k < header_.series.size(); ++k) {
            const TraceSeries& series = header_.series[k];
            if (series.kind == TraceSeries::Kind::membrane && series.population == population) {
                recorder_.add_row(k, tick, std::span(membrane).subspan(series.first, series.size));
            }
        }
    }
    if (!reads_out_) {
        return;
    }
    const Result result = simulator.finish();
    for (std::size_t k = 0; k < header_.series.size(); ++k) {
        const TraceSeries& series = header_.series[k];
        if (series.kind == TraceSeries::Kind::readout && series.readout < result.readouts.size()) {
            recorder_.add_row(
                k,
                tick,
                std::span(result.readouts[series.readout].values).subspan(series.first, series.size));
        }
    }
}

void SeriesRecorder::on_held(PopulationId encoder, const Packet& packet) {
    for (std::size_t k = 0; k < header_.series.size(); ++k) {
        const TraceSeries& series = header_.series[k];
        if (series.kind != TraceSeries::Kind::drive || series.population != encoder) {
            continue;
        }
        const Shape& shape = header_.populations[encoder].shape;
        values_.assign(series.size, 0.0F);
        for (std::size_t j = 0; j < packet.slots.size(); ++j) {
            const NeuronIndex neuron = shape.index_of(packet.slots[j]);
            if (neuron >= series.first && neuron - series.first < series.size) {
                values_[neuron - series.first] = packet.payload(j);
            }
        }
        recorder_.add_row(k, packet.tick, values_);
    }
}

}  // namespace saltus
